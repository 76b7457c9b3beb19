// A cache of reads: one read at a time per key, kept for seconds, what has expired or is too much forgotten with the next.

export interface SharedReadsOptions {
  readonly clock: () => number;
  readonly keepMs: number;
  readonly maxCount: number;
}

export class SharedReads<T> {
  readonly #options: SharedReadsOptions;
  readonly #entries = new Map<string, { readonly value: Promise<T>; readonly untilMs: number }>();

  constructor(options: SharedReadsOptions) {
    this.#options = options;
  }

  /** @param keeps - whether the value may be told again; what may not, and what failed, is read anew the next time */
  get(key: string, read: () => Promise<T>, keeps: (value: T) => boolean): Promise<T> {
    const { clock, keepMs, maxCount } = this.#options;
    const nowMs = clock();
    const known = this.#entries.get(key);
    if (known && nowMs < known.untilMs) return known.value;
    const value = read();
    const entry = { value, untilMs: nowMs + keepMs };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const forget = () => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    };
    value.then((told) => keeps(told) || forget(), forget);
    // The oldest come first, and expire first.
    for (const [oldest, { untilMs }] of this.#entries) {
      if (this.#entries.size <= maxCount && nowMs < untilMs) break;
      this.#entries.delete(oldest);
    }
    return value;
  }

  get count(): number {
    return this.#entries.size;
  }
}

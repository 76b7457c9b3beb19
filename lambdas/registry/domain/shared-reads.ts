// A cache of reads: one read at a time per key, kept for seconds, the oldest forgotten when it is full.

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
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= maxCount) break;
      this.#entries.delete(oldest);
    }
    return value;
  }

  get count(): number {
    return this.#entries.size;
  }
}

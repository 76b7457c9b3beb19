// A cache that forgets: each entry after its own time, and the longest unused when it is full.

export class BoundedCache<V> {
  readonly #entries = new Map<string, { readonly value: V; readonly untilMs: number }>();
  readonly #maxCount: number;

  /** @param maxCount - entries held at most */
  constructor(maxCount: number) {
    this.#maxCount = maxCount;
  }

  get(key: string, nowMs: number): V | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    if (entry.untilMs <= nowMs) return undefined;
    // Back in at the young end: a Map keeps the order of insertion.
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** @param untilMs - the first instant at which the entry no longer counts */
  set(key: string, value: V, untilMs: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, untilMs });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxCount) return;
      this.#entries.delete(oldest);
    }
  }

  get count(): number {
    return this.#entries.size;
  }
}

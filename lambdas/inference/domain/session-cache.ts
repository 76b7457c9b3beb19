// Loaded models, least recently used first, bounded by bytes. One load at a time for each model.

interface Entry<S> {
  readonly sizeBytes: number;
  readonly loaded: Promise<S>;
  /** Uses that have not ended: while there are any, the session stays. */
  pinCount: number;
}

export interface SessionCacheOptions<S> {
  readonly budgetBytes: number;
  /** Gives the memory back. */
  readonly release: (session: S) => Promise<void>;
}

export interface SessionCache<S> {
  /**
   * Loads the session unless it is there, and keeps it from eviction while `use` runs.
   * @param sizeBytes - what it will hold; one above the whole budget is loaded alone
   */
  use<R>(
    key: string,
    sizeBytes: number,
    load: () => Promise<S>,
    use: (session: S, fresh: boolean) => Promise<R>,
  ): Promise<R>;
  readonly heldBytes: () => number;
}

export const createSessionCache = <S>({ budgetBytes, release }: SessionCacheOptions<S>): SessionCache<S> => {
  // A Map iterates in order of insertion: using an entry puts it at the end.
  const entries = new Map<string, Entry<S>>();
  let heldBytes = 0;

  const forget = (key: string, entry: Entry<S>) => {
    entries.delete(key);
    heldBytes -= entry.sizeBytes;
  };

  const makeRoom = async () => {
    for (const [key, entry] of entries) {
      if (heldBytes <= budgetBytes) return;
      if (entry.pinCount > 0) continue;
      forget(key, entry);
      await release(await entry.loaded);
    }
  };

  const enter = (key: string, sizeBytes: number, load: () => Promise<S>): Entry<S> => {
    heldBytes += sizeBytes;
    const entry: Entry<S> = { sizeBytes, loaded: makeRoom().then(load), pinCount: 0 };
    entries.set(key, entry);
    // A failed load is forgotten, so that the next call tries again.
    entry.loaded.catch(() => forget(key, entry));
    return entry;
  };

  return {
    heldBytes: () => heldBytes,
    use: async (key, sizeBytes, load, use) => {
      const known = entries.get(key);
      if (known) {
        entries.delete(key);
        entries.set(key, known);
      }
      const entry = known ?? enter(key, sizeBytes, load);
      entry.pinCount++;
      try {
        return await use(await entry.loaded, known === undefined);
      } finally {
        entry.pinCount--;
      }
    },
  };
};

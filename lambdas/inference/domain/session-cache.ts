// Loaded models, least recently used first, bounded by bytes in memory and in files. One load at a time for each model.

/** What a session holds. */
export interface Holding {
  readonly memoryBytes: number;
  /** In the scratch directory, of models that are read where they lie. */
  readonly fileBytes: number;
}

interface Entry<S> {
  holding: Holding;
  readonly loaded: Promise<S>;
  /** There once it is loaded. */
  session: S | undefined;
  /** Uses that have not ended: while there are any, the session stays. */
  pinCount: number;
}

export interface SessionCacheOptions<S> {
  readonly budgetBytes: number;
  /** @default 0 */
  readonly fileBudgetBytes?: number;
  /** Gives the memory back. */
  readonly release: (session: S) => Promise<void>;
}

export interface SessionCache<S> {
  /**
   * Loads the session unless it is there, and keeps it from eviction while `use` runs.
   * @param holding - what it will hold (a number: of memory alone); one above a whole budget is loaded alone
   */
  use<R>(
    key: string,
    holding: Holding | number,
    load: () => Promise<S>,
    use: (session: S, fresh: boolean) => R | Promise<R>,
  ): Promise<R>;
  /**
   * The same where the session is there already, without waiting for anything but `use`.
   * @param context - handed to `use`, which so can be one function for all calls
   * @returns undefined where it is not there
   */
  useLoaded<R, C>(key: string, use: (session: S, context: C) => R | Promise<R>, context: C): R | Promise<R> | undefined;
  /**
   * What the session of `key` holds is now this. Others make room for it.
   * @returns false where there is no room, and nothing has changed
   */
  resize(key: string, holding: Holding): Promise<boolean>;
  /** Releases all that is not in use. */
  clear(): Promise<void>;
  readonly heldBytes: () => number;
  readonly heldFileBytes: () => number;
}

const holdingOf = (given: Holding | number): Holding =>
  typeof given === 'number' ? { memoryBytes: given, fileBytes: 0 } : given;

export const createSessionCache = <S>({
  budgetBytes,
  fileBudgetBytes = 0,
  release,
}: SessionCacheOptions<S>): SessionCache<S> => {
  // A Map iterates in order of insertion: using an entry puts it at the end.
  const entries = new Map<string, Entry<S>>();
  let heldBytes = 0;
  let heldFileBytes = 0;

  const count = ({ memoryBytes, fileBytes }: Holding, sign: 1 | -1) => {
    heldBytes += sign * memoryBytes;
    heldFileBytes += sign * fileBytes;
  };
  const isOver = () => heldBytes > budgetBytes || heldFileBytes > fileBudgetBytes;

  const forget = (key: string, entry: Entry<S>) => {
    if (entries.get(key) !== entry) return;
    entries.delete(key);
    count(entry.holding, -1);
  };

  const releaseWhile = async (isWanted: () => boolean) => {
    for (const [key, entry] of entries) {
      if (!isWanted()) return;
      if (entry.pinCount > 0) continue;
      forget(key, entry);
      await release(await entry.loaded);
    }
  };

  const makeRoom = () => releaseWhile(isOver);

  const enter = (key: string, holding: Holding, load: () => Promise<S>): Entry<S> => {
    count(holding, 1);
    const loaded = makeRoom().then(load);
    const entry: Entry<S> = { holding, loaded, session: undefined, pinCount: 0 };
    entries.set(key, entry);
    loaded.then(
      (session) => {
        entry.session = session;
      },
      // A failed load is forgotten, so that the next call tries again.
      () => forget(key, entry),
    );
    return entry;
  };

  const touch = (key: string): Entry<S> | undefined => {
    const known = entries.get(key);
    if (!known) return undefined;
    // Nothing to reorder where there is but one, as on most environments.
    if (entries.size > 1) {
      entries.delete(key);
      entries.set(key, known);
    }
    return known;
  };

  const useEntry = <R, C>(entry: Entry<S>, session: S, use: (session: S, context: C) => R | Promise<R>, context: C) => {
    entry.pinCount++;
    let result: R | Promise<R>;
    try {
      result = use(session, context);
    } catch (fault) {
      entry.pinCount--;
      throw fault;
    }
    if (result instanceof Promise) return result.finally(() => entry.pinCount--);
    entry.pinCount--;
    return result;
  };

  return {
    clear: () => releaseWhile(() => true),
    heldBytes: () => heldBytes,
    heldFileBytes: () => heldFileBytes,
    useLoaded: (key, use, context) => {
      const entry = touch(key);
      return entry?.session === undefined ? undefined : useEntry(entry, entry.session, use, context);
    },
    use: async (key, given, load, use) => {
      const known = touch(key);
      const entry = known ?? enter(key, holdingOf(given), load);
      entry.pinCount++;
      try {
        return await use(await entry.loaded, known === undefined);
      } finally {
        entry.pinCount--;
      }
    },
    resize: async (key, holding) => {
      const entry = entries.get(key);
      if (!entry) return false;
      const before = entry.holding;
      const change = (to: Holding) => {
        count(entry.holding, -1);
        count(to, 1);
        entry.holding = to;
      };
      change(holding);
      entry.pinCount++;
      await makeRoom();
      entry.pinCount--;
      if (!isOver()) return true;
      change(before);
      return false;
    },
  };
};

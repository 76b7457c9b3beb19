// Loaded executors, least recently used first, bounded by bytes. Calls of one model that is being loaded wait together.
import type { Executor } from '../../shared/executor/load-executor.ts';

interface Held {
  readonly executor: Executor;
  /** What the compiled bytes and what was made of them take. */
  readonly modelBytes: number;
  /** Of the largest batch yet: its buffers are kept. */
  rowCount: number;
  bytes: number;
}

export interface ExecutorCache {
  /** What is loaded; now the most recently used. */
  find(key: string): Executor | undefined;
  /** Loads it, once however many ask. A load that fails is forgotten. @param sizeBytes - of the compiled model */
  load(key: string, sizeBytes: number, load: () => Promise<Executor>): Promise<Executor>;
  /** Whether a call of that many rows fits; room is made for the buffers that it leaves. */
  takeRows(key: string, executor: Executor, rowCount: number): boolean;
  readonly heldBytes: () => number;
}

/** Kernels widen weights or copy them to memory of their own, by the page, and a plan is objects as well. */
const modelBytesOf = (sizeBytes: number) => sizeBytes * 4 + 131_072;

export const createExecutorCache = (budgetBytes: number): ExecutorCache => {
  // A Map iterates in order of insertion: using an entry puts it at the end.
  const entries = new Map<string, Held>();
  const loading = new Map<string, Promise<Executor>>();
  let youngest: string | undefined;
  let heldBytes = 0;

  const touch = (key: string, held: Held) => {
    if (key === youngest) return;
    entries.delete(key);
    entries.set(key, held);
    youngest = key;
  };

  /** The one in use stays, though it were too large alone: it fits by `takeRows`. */
  const makeRoom = (inUse: string) => {
    for (const [key, held] of entries) {
      if (heldBytes <= budgetBytes) return;
      if (key === inUse) continue;
      entries.delete(key);
      if (key === youngest) youngest = undefined;
      heldBytes -= held.bytes;
    }
  };

  const enter = (key: string, executor: Executor, modelBytes: number) => {
    const held = { executor, modelBytes, rowCount: 1, bytes: modelBytes + executor.bufferBytes(1) };
    heldBytes += held.bytes;
    touch(key, held);
    makeRoom(key);
  };

  return {
    heldBytes: () => heldBytes,
    find: (key) => {
      const held = entries.get(key);
      if (!held) return undefined;
      touch(key, held);
      return held.executor;
    },
    load: (key, sizeBytes, load) => {
      const known = loading.get(key);
      if (known) return known;
      const made = load()
        .then((executor) => {
          enter(key, executor, modelBytesOf(sizeBytes));
          return executor;
        })
        .finally(() => loading.delete(key));
      loading.set(key, made);
      return made;
    },
    takeRows: (key, executor, rowCount) => {
      const held = entries.get(key);
      if (held && rowCount <= held.rowCount) return true;
      const bufferBytes = executor.bufferBytes(rowCount);
      const bytes = (held?.modelBytes ?? 0) + bufferBytes;
      if (bytes > budgetBytes) return false;
      // Pushed out while it was waited for: it is used this once, and then gone with its buffers.
      if (!held) return true;
      heldBytes += bytes - held.bytes;
      held.rowCount = rowCount;
      held.bytes = bytes;
      makeRoom(key);
      return true;
    },
  };
};

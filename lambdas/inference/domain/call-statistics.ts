// Counts calls as Triton's statistics extension tells them, apart for each account, within bounds: what was used least
// recently gives way.

export interface CallTimes {
  /** From arrival to the answer. */
  readonly totalMs: number;
  readonly queueMs: number;
  readonly parseMs: number;
  readonly runMs: number;
  readonly encodeMs: number;
}

export interface CallOutcome {
  readonly accountId: string;
  readonly model: string;
  readonly version: string;
  /** When the call began, epoch milliseconds. */
  readonly atMs: number;
  readonly result:
    | { readonly ok: true; readonly rows: number; readonly times: CallTimes }
    | {
        readonly ok: false;
        readonly totalMs: number;
      };
}

interface Duration {
  count: number;
  ns: number;
}

interface BatchCounts {
  readonly computeInput: Duration;
  readonly computeInfer: Duration;
  readonly computeOutput: Duration;
}

export interface VersionCounts {
  readonly model: string;
  readonly version: string;
  lastInferenceMs: number;
  inferenceCount: number;
  executionCount: number;
  readonly success: Duration;
  readonly fail: Duration;
  readonly queue: Duration;
  /** Of all calls that were answered; `batches` has the same by rows of a call. */
  readonly whole: BatchCounts;
  /** Least recently called size first. */
  readonly batches: Map<number, BatchCounts>;
}

export interface CallStatistics {
  count(call: CallOutcome): void;
  /** An account's counts, the most recently called last. */
  of(accountId: string): readonly VersionCounts[];
}

export interface StatisticsBounds {
  readonly accounts: number;
  readonly versionsPerAccount: number;
  readonly batchSizesPerVersion: number;
}

const zero = (): Duration => ({ count: 0, ns: 0 });
const noBatches = (): BatchCounts => ({ computeInput: zero(), computeInfer: zero(), computeOutput: zero() });

/** Of a version that was not called. */
export const noCalls = (model: string, version: string): VersionCounts => ({
  model,
  version,
  lastInferenceMs: 0,
  inferenceCount: 0,
  executionCount: 0,
  success: zero(),
  fail: zero(),
  queue: zero(),
  whole: noBatches(),
  batches: new Map(),
});

const add = (duration: Duration, ms: number) => {
  duration.count++;
  duration.ns += Math.round(Math.max(0, ms) * 1e6);
};

const addBatch = (counts: BatchCounts, { parseMs, runMs, encodeMs }: CallTimes) => {
  add(counts.computeInput, parseMs);
  add(counts.computeInfer, runMs);
  add(counts.computeOutput, encodeMs);
};

/** The entry, now the most recently used; a Map iterates in order of insertion. */
const touch = <K, V>(entries: Map<K, V>, key: K, most: number, make: () => V): V => {
  const entry = entries.get(key) ?? make();
  entries.delete(key);
  entries.set(key, entry);
  const [oldest] = entries.keys();
  if (entries.size > most && oldest !== undefined) entries.delete(oldest);
  return entry;
};

export const createCallStatistics = (bounds: StatisticsBounds): CallStatistics => {
  const accounts = new Map<string, Map<string, VersionCounts>>();
  return {
    count: ({ accountId, model, version, atMs, result }) => {
      const versions = touch(accounts, accountId, bounds.accounts, () => new Map<string, VersionCounts>());
      const key = `${model} ${version}`;
      const counts = touch(versions, key, bounds.versionsPerAccount, () => noCalls(model, version));
      counts.lastInferenceMs = Math.max(counts.lastInferenceMs, atMs);
      if (!result.ok) {
        add(counts.fail, result.totalMs);
        return;
      }
      counts.inferenceCount += result.rows;
      counts.executionCount++;
      add(counts.success, result.times.totalMs);
      add(counts.queue, result.times.queueMs);
      addBatch(counts.whole, result.times);
      addBatch(touch(counts.batches, result.rows, bounds.batchSizesPerVersion, noBatches), result.times);
    },
    of: (accountId) => [...(accounts.get(accountId)?.values() ?? [])],
  };
};

// Works a queue off, a few at a time, until it is empty or time is up.

const PARALLEL = 8;

export interface WorkTime {
  /** Nothing is begun after it; the next run goes on. */
  readonly deadlineMs: number;
  readonly clock: () => number;
}

/** @returns what failed; one that fails keeps no other from being done */
export const workThrough = async <T extends object>(
  items: readonly T[],
  time: WorkTime,
  work: (item: T) => Promise<unknown>,
): Promise<unknown[]> => {
  const queue = [...items];
  const faults: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next && time.clock() < time.deadlineMs; next = queue.shift()) {
      try {
        await work(next);
      } catch (fault) {
        faults.push(fault);
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  return faults;
};

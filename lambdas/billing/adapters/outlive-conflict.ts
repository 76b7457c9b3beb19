// A single write to an item that others' transactions write, too. While one of them holds it DynamoDB refuses the write
// with TransactionConflictException, which the SDK does not retry: a busy wallet would never be fenced.
import { setTimeout as sleep } from 'node:timers/promises';

export const MAX_TRIES = 12;
const FIRST_PAUSE_MS = 15;
const LONGEST_PAUSE_MS = 400;

const passing: ReadonlySet<string> = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'TransactionConflictException',
]);

/** @param write - safe to repeat @throws the last refusal, or at once whatever trying again cannot mend */
export const outliveConflict = async <T>(
  write: () => Promise<T>,
  pause: (ms: number) => Promise<unknown> = sleep,
): Promise<T> => {
  for (let tryCount = 1; ; tryCount++) {
    try {
      return await write();
    } catch (fault) {
      if (!(fault instanceof Error && passing.has(fault.name)) || tryCount === MAX_TRIES) throw fault;
      // Full jitter: those that collided once must not collide again.
      await pause(Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tryCount));
    }
  }
};

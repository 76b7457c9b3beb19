// A transaction that outlives contention: what others' transactions hold is tried again, what a condition refuses is told.
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocument, TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { DomainError } from '../kernel/errors.ts';

const MAX_TRIES = 8;
const passing: ReadonlySet<string> = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);

/** @returns the index of the first item whose condition failed, or undefined when all was written */
export const transact = async (
  client: DynamoDBDocument,
  items: NonNullable<TransactWriteCommandInput['TransactItems']>,
): Promise<number | undefined> => {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.transactWrite({ TransactItems: items });
      return undefined;
    } catch (fault) {
      if (!(fault instanceof TransactionCanceledException)) throw fault;
      const codes = (fault.CancellationReasons ?? []).map((reason) => reason.Code ?? 'None');
      const refusedIndex = codes.indexOf('ConditionalCheckFailed');
      if (refusedIndex >= 0) return refusedIndex;
      if (!codes.some((code) => passing.has(code))) throw fault;
      if (attempt === MAX_TRIES) throw contended();
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * 2 ** Math.min(attempt, 5)));
    }
  }
};

const contended = () =>
  new DomainError('unavailable', 'unavailable', 'others are changing the same thing; nothing was changed', {
    headers: { 'retry-after': '1' },
  });

// A transaction that outlives contention: what others' transactions hold is tried again, what a condition refuses is told.
import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { DomainError } from '../kernel/errors.ts';
import { isNamed, type TableClient } from './table-client.ts';

const MAX_TRIES = 8;
const passing: ReadonlySet<string> = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);

/** What DynamoDB tells of a cancelled transaction. */
interface Cancelled extends Error {
  readonly CancellationReasons?: readonly { readonly Code?: string | undefined }[] | undefined;
}

/** @returns the index of the first item whose condition failed, or undefined when all was written */
export const transact = async (
  client: TableClient,
  items: NonNullable<TransactWriteCommandInput['TransactItems']>,
): Promise<number | undefined> => {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.transactWrite({ TransactItems: items });
      return undefined;
    } catch (fault) {
      if (!isNamed(fault, 'TransactionCanceledException')) throw fault;
      const { CancellationReasons = [] } = fault as Cancelled;
      const codes = CancellationReasons.map((reason) => reason.Code ?? 'None');
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

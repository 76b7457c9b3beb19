// Rejected: read the balance, SET what is left. Two calls that read the same balance take the price once.
import { walletKey } from '../../../lambdas/billing/adapters/table-keys.ts';
import type { RejectedAlgorithm } from '../algorithm.ts';
import { ourCharge } from '../our-charge.ts';
import { naiveBilling, putEvent, readAvail, recordOf, refuseBelow } from './naive-steps.ts';

export const readThenSet: RejectedAlgorithm = {
  ...ourCharge,
  name: 'read, then SET',
  why: 'what others took between the read and the SET is given back',
  caughtBy: 'balance-is-events',
  billing: (at) =>
    naiveBilling(at, async (event) => {
      const avail = await readAvail(at, event.accountId);
      refuseBelow(event.amountMicros, avail);
      await putEvent(at, event);
      await at.client.update({
        TableName: at.table,
        Key: walletKey(event.accountId),
        UpdateExpression: 'SET avail = :left',
        ExpressionAttributeValues: { ':left': avail - event.amountMicros },
      });
      return recordOf(event);
    }),
};

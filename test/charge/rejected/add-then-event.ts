// Rejected: take the price if the money is there, then put the event. Whoever dies or asks again in between has paid
// for nothing, or twice.
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { walletKey } from '../../../lambdas/billing/adapters/table-keys.ts';
import { noFunds } from '../../../lambdas/billing/domain/charge-call.ts';
import type { RejectedAlgorithm } from '../algorithm.ts';
import { ourCharge } from '../our-charge.ts';
import { naiveBilling, putEvent, recordOf } from './naive-steps.ts';

export const addThenEvent: RejectedAlgorithm = {
  ...ourCharge,
  name: 'conditional ADD, then put the event',
  why: 'a debit whose answer is lost is done again, and a crash leaves it without its event',
  caughtBy: 'balance-is-events',
  billing: (at) =>
    naiveBilling(at, async (event) => {
      try {
        await at.client.update({
          TableName: at.table,
          Key: walletKey(event.accountId),
          UpdateExpression: 'ADD avail :debit',
          ConditionExpression: 'avail >= :price',
          ExpressionAttributeValues: { ':debit': -event.amountMicros, ':price': event.amountMicros },
        });
      } catch (fault) {
        if (fault instanceof ConditionalCheckFailedException) throw noFunds(event.amountMicros, 0n);
        throw fault;
      }
      await putEvent(at, event);
      return recordOf(event);
    }),
};

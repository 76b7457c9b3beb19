// Rejected: check a balance that the environment remembers, answer, and debit later from the stream of events.
import { walletKey } from '../../../lambdas/billing/adapters/table-keys.ts';
import type { RejectedAlgorithm } from '../algorithm.ts';
import { ourCharge } from '../our-charge.ts';
import { naiveBilling, putEvent, readAvail, recordOf, refuseBelow } from './naive-steps.ts';
import { eventOf, streamConsumer } from './stream-consumer.ts';

export const cachedBalance: RejectedAlgorithm = {
  ...ourCharge,
  name: 'cached balance, debit later',
  why: 'every environment spends the same balance until its copy of it is old',
  caughtBy: 'never-below-zero',
  granularities: [],
  billing: (at) => {
    const remembered = new Map<string, bigint>();
    return naiveBilling(at, async (event) => {
      const avail = remembered.get(event.accountId) ?? (await readAvail(at, event.accountId));
      remembered.set(event.accountId, avail);
      refuseBelow(event.amountMicros, avail);
      await putEvent(at, event);
      return recordOf(event);
    });
  },
  summing: (at) =>
    streamConsumer(at, 1, async (record) => {
      const event = eventOf(record);
      if (!event) return;
      await at.client.update({
        TableName: at.table,
        Key: walletKey(event.accountId),
        UpdateExpression: 'ADD avail :debit',
        ExpressionAttributeValues: { ':debit': -event.amountMicros },
      });
    }),
};

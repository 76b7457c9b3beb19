// Rejected: ADD from the stream, with the shard's last sequence number as the fence against what comes twice, and four
// consumers of a shard side by side. The one that is ahead raises the fence over what the others still hold.
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { RejectedAlgorithm } from '../algorithm.ts';
import { ourCharge } from '../our-charge.ts';
import { addUpdate, eventOf, streamConsumer } from './stream-consumer.ts';

const PARALLEL = 4;

export const sequenceFence: RejectedAlgorithm = {
  ...ourCharge,
  name: 'per-shard sequence fence, parallel consumers',
  why: 'events that are consumed out of order pass for known ones',
  caughtBy: 'sums-are-events',
  granularities: ['minute'],
  summing: (at) =>
    streamConsumer(at, PARALLEL, async (record) => {
      const event = eventOf(record);
      if (!event) return;
      const raiseFence = {
        TableName: at.table,
        Key: { pk: 'fence', sk: 'shard' },
        UpdateExpression: 'SET lastSequence = :sequence',
        ConditionExpression: 'attribute_not_exists(lastSequence) OR lastSequence < :sequence',
        ExpressionAttributeValues: { ':sequence': record.sequence },
      };
      try {
        await at.client.transactWrite({
          TransactItems: [{ Update: addUpdate(at.table, event) }, { Update: raiseFence }],
        });
      } catch (fault) {
        const codes = fault instanceof TransactionCanceledException ? fault.CancellationReasons : undefined;
        if (!codes?.some(({ Code }) => Code === 'ConditionalCheckFailed')) throw fault;
      }
    }),
};

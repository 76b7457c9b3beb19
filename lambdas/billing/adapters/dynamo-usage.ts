// Usage events, read only (the charge writes them), and their sums, only ever SET.
import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchWriteCommandInput, DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { microsAttribute } from '../../shared/platform/attributes.ts';
import { sealedGranularityOf } from '../domain/sealing.ts';
import { EVENT_SHARDS, NO_KEY } from '../domain/usage-key.ts';
import { sumInto, type UsageSum } from '../domain/usage-sum.ts';
import type { UsageStore } from '../ports.ts';
import { queryAll } from './query-all.ts';
import { AFTER_ALL, eventPartition, usagePartition } from './table-keys.ts';

const BATCH_ITEMS = 25;
const BATCH_TRIES = 6;

const storedEvent = z.object({
  model: z.string(),
  keyId: z.string().default(NO_KEY),
  rowCount: z.number().int().min(0),
  amountMicros: microsAttribute,
});

const storedSum = z.object({
  period: z.string(),
  model: z.string(),
  keyId: z.string(),
  calls: z.number().int().min(0),
  rows: z.number().int().min(0),
  amountMicros: microsAttribute,
});

export const dynamoUsage = (client: DynamoDBDocument, table: string): UsageStore => ({
  eventSums: async (accountId, minute) => {
    const shards = Array.from({ length: EVENT_SHARDS }, (_, shard) =>
      queryAll(client, {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        ProjectionExpression: '#model, keyId, rowCount, amountMicros',
        ExpressionAttributeNames: { '#model': 'model' },
        ExpressionAttributeValues: { ':pk': eventPartition(accountId, minute, shard) },
      }),
    );
    const events = (await Promise.all(shards)).flat();
    return sumInto(
      minute,
      events.map((item) => {
        const { rowCount, ...event } = storedEvent.parse(item);
        return { period: minute, ...event, calls: 1, rows: rowCount };
      }),
    );
  },
  sums: async (accountId, granularity, first, last) => {
    const items = await queryAll(client, {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
      ExpressionAttributeValues: {
        ':pk': usagePartition(accountId),
        ':first': `${granularity}#${first}#`,
        ':last': `${granularity}#${last}#${AFTER_ALL}`,
      },
    });
    return items.map((item) => storedSum.parse(item));
  },
  setSums: async (accountId, sums) => {
    const requests = sums.map((sum) => ({ PutRequest: { Item: sumItem(accountId, sum) } }));
    for (let start = 0; start < requests.length; start += BATCH_ITEMS) {
      await writeBatch(client, { [table]: requests.slice(start, start + BATCH_ITEMS) });
    }
  },
});

const sumItem = (accountId: string, sum: UsageSum) => ({
  pk: usagePartition(accountId),
  sk: `${sealedGranularityOf(sum.period)}#${sum.period}#${sum.model}#${sum.keyId}`,
  schema: 1,
  ...sum,
});

/** Until nothing is left unprocessed. */
const writeBatch = async (
  client: DynamoDBDocument,
  requests: NonNullable<BatchWriteCommandInput['RequestItems']>,
): Promise<void> => {
  let RequestItems = requests;
  for (let tryCount = 0; tryCount < BATCH_TRIES; tryCount++) {
    if (tryCount > 0) await sleep(25 * 2 ** tryCount);
    const { UnprocessedItems = {} } = await client.batchWrite({ RequestItems });
    if (Object.keys(UnprocessedItems).length === 0) return;
    RequestItems = UnprocessedItems;
  }
  throw new Error('sums were left unprocessed');
};

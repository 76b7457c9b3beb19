// Usage events, read only (the charge writes them), and their sums, only ever SET.

import * as z from 'zod';
import { granularityOf } from '../../shared/kernel/period.ts';
import { microsAttribute } from '../../shared/platform/attributes.ts';
import type { TableClient } from '../../shared/platform/table-client.ts';
import { NO_KEY } from '../domain/usage-key.ts';
import { sumInto, type UsageSum } from '../domain/usage-sum.ts';
import type { UsageStore } from '../ports.ts';
import { queryAll } from './query-all.ts';
import { AFTER_ALL, eventPartitions, usagePartition } from './table-keys.ts';
import { writeAll } from './write-all.ts';

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

export const dynamoUsage = (client: TableClient, table: string): UsageStore => ({
  eventSums: async (accountId, minute) => {
    const shards = eventPartitions(accountId, minute).map((pk) =>
      queryAll(client, {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        ProjectionExpression: '#model, keyId, rowCount, amountMicros',
        ExpressionAttributeNames: { '#model': 'model' },
        ExpressionAttributeValues: { ':pk': pk },
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
    await writeAll(client, table, requests);
  },
});

const sumItem = (accountId: string, sum: UsageSum) => ({
  pk: usagePartition(accountId),
  sk: `${granularityOf(sum.period)}#${sum.period}#${sum.model}#${sum.keyId}`,
  schema: 1,
  ...sum,
});

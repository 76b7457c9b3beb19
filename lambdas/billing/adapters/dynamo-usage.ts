// Usage events, read only (the charge writes them), and their sums, only ever SET; those of a minute with the event that
// tells of them.

import * as z from 'zod';
import { granularityOf } from '../../shared/kernel/period.ts';
import { microsAttribute } from '../../shared/platform/attributes.ts';
import { outboxItem } from '../../shared/platform/events.ts';
import type { TableClient } from '../../shared/platform/table-client.ts';
import { transact } from '../../shared/platform/transact.ts';
import { countedOf } from '../domain/counted-usage.ts';
import { type SumChange, sumMinute } from '../domain/minute-sum.ts';
import { NO_KEY } from '../domain/usage-key.ts';
import type { UsageSum } from '../domain/usage-sum.ts';
import type { UsageSealedData } from '../event-data.ts';
import type { UsageStore } from '../ports.ts';
import { queryAll } from './query-all.ts';
import { AFTER_ALL, eventPartitions, usagePartition } from './table-keys.ts';
import { writeAll } from './write-all.ts';

const storedEvent = z.object({
  model: z.string(),
  keyId: z.string().default(NO_KEY),
  ownerAccountId: z.string(),
  outcome: z.literal('timed_out').optional(),
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
  counted: z.object({ calls: z.number().int(), rows: z.number().int() }).optional(),
});

export const dynamoUsage = (client: TableClient, table: string): UsageStore => ({
  eventSums: async (accountId, minute) => {
    const shards = eventPartitions(accountId, minute).map((pk) =>
      queryAll(client, {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        ProjectionExpression: '#model, keyId, ownerAccountId, outcome, rowCount, amountMicros',
        ExpressionAttributeNames: { '#model': 'model' },
        ExpressionAttributeValues: { ':pk': pk },
      }),
    );
    const events = (await Promise.all(shards)).flat();
    return sumMinute(
      minute,
      events.map((item) => {
        const { model, keyId, amountMicros, rowCount, ...event } = storedEvent.parse(item);
        const counted = countedOf({ accountId, rowCount, ...event });
        return { period: minute, model, keyId, calls: 1, rows: rowCount, amountMicros, counted };
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
  setMinutePart: async (accountId, minute, { changes, models }, nowMs) => {
    const writes = changes.map((change) => putSum(table, accountId, change));
    if (models.length > 0) {
      const data: UsageSealedData = { minute, models: [...models] };
      const event = { source: 'aimass.billing', type: 'UsageSealed.v1', accountId, subject: accountId, data } as const;
      writes.push({ Put: { TableName: table, Item: outboxItem(event, nowMs) } });
    }
    return (await transact(client, writes)) === undefined;
  },
});

type WriteItem = Parameters<typeof transact>[1][number];

/** Only in the place of what was read: whoever wrote it since has told of it. */
const putSum = (table: string, accountId: string, { sum, before }: SumChange): WriteItem => ({
  Put: {
    TableName: table,
    Item: sumItem(accountId, sum),
    ...(before === undefined
      ? { ConditionExpression: 'attribute_not_exists(pk)' }
      : {
          ConditionExpression: `calls = :calls AND ${
            before.counted === undefined ? 'attribute_not_exists(counted)' : 'counted = :counted'
          }`,
          ExpressionAttributeValues: {
            ':calls': before.calls,
            ...(before.counted === undefined ? {} : { ':counted': before.counted }),
          },
        }),
  },
});

const sumItem = (accountId: string, sum: UsageSum) => ({
  pk: usagePartition(accountId),
  sk: `${granularityOf(sum.period)}#${sum.period}#${sum.model}#${sum.keyId}`,
  schema: 1,
  ...sum,
});

// Markers of open periods: listed by account with consistent reads, and in order of falling due by an index.

import * as z from 'zod/mini';
import { granularityOf } from '../../shared/kernel/period.ts';
import type { TableClient } from '../../shared/platform/table-client.ts';
import type { OpenPeriods } from '../ports.ts';
import { monthMarker } from './month-marker.ts';
import { queryAll } from './query-all.ts';
import { AFTER_ALL, duePartition, markerKeys, OPEN_SHARDS, openPartition } from './table-keys.ts';

const storedMarker = z.object({ accountId: z.string(), sk: z.string() });

export const dynamoOpenPeriods = (client: TableClient, table: string): OpenPeriods => ({
  mark: async (accountId, period) => {
    await client.put({ TableName: table, Item: { ...markerKeys(accountId, period), schema: 1, accountId } });
  },
  list: async (accountId, prefix) => {
    const items = await queryAll(client, {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: prefix === undefined ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: {
        ':pk': openPartition(accountId),
        ...(prefix === undefined ? {} : { ':prefix': prefix }),
      },
    });
    return items.map((item) => storedMarker.parse(item).sk);
  },
  due: async (lastMinute, limit) => {
    const shards = Array.from({ length: OPEN_SHARDS }, async (_, shard) => {
      const { Items = [] } = await client.query({
        TableName: table,
        IndexName: 'gsi1',
        KeyConditionExpression: 'gsi1pk = :pk AND gsi1sk < :end',
        ExpressionAttributeValues: { ':pk': duePartition(shard), ':end': `${lastMinute}#${AFTER_ALL}` },
        Limit: Math.ceil(limit / OPEN_SHARDS),
      });
      return Items.map((item) => storedMarker.parse(item));
    });
    return (await Promise.all(shards)).flat().map(({ accountId, sk }) => ({ accountId, period: sk }));
  },
  close: async (accountId, period) => {
    const { pk, sk } = markerKeys(accountId, period);
    // A day's marker gives way to its month's: the month is sealed when no day of it is open (domain/seal-months.ts).
    if (granularityOf(period) === 'day') {
      const month = period.slice(0, 'YYYY-MM'.length);
      await client.put({ TableName: table, Item: monthMarker(accountId, month) });
    }
    await client.delete({ TableName: table, Key: { pk, sk } });
  },
});

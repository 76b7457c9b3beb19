// Markers of open periods: listed by account with consistent reads, and in order of falling due by an index.
import type { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import type { OpenPeriods } from '../ports.ts';
import { queryAll } from './query-all.ts';
import { AFTER_ALL, duePartition, markerKeys, OPEN_SHARDS, openPartition } from './table-keys.ts';

const storedMarker = z.object({ accountId: z.string(), sk: z.string() });

export const dynamoOpenPeriods = (client: DynamoDBDocument, table: string): OpenPeriods => ({
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
    await client.delete({ TableName: table, Key: { pk, sk } });
  },
});

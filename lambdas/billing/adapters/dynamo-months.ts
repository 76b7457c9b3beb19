// Sealed months and the markers of those that are not. A sealed month lies in the archive's queue until its events do
// not lie in the table any more.

import * as z from 'zod';
import { microsAttribute } from '../../shared/platform/attributes.ts';
import type { TableClient } from '../../shared/platform/table-client.ts';
import type { SealedMonth } from '../domain/month.ts';
import type { MonthStore } from '../ports.ts';
import { monthMarker } from './month-marker.ts';
import { queryAll } from './query-all.ts';
import {
  archiveQueueKeys,
  MONTH_MARKER_PREFIX,
  MONTH_MARKERS,
  monthMarkerKeys,
  monthsPartition,
} from './table-keys.ts';

const count = z.number().int().min(0);

const storedMarker = z.object({ accountId: z.string(), month: z.string() });

const storedMonth = z.object({
  month: z.string(),
  openingMicros: microsAttribute,
  grantsMicros: microsAttribute,
  grantCount: count,
  debitsMicros: microsAttribute,
  eventCount: count,
  closingMicros: microsAttribute,
});

export const dynamoMonths = (client: TableClient, table: string): MonthStore => ({
  mark: async (accountId, month) => {
    await client.put({ TableName: table, Item: monthMarker(accountId, month) });
  },
  due: async (before, limit) => {
    const { Items = [] } = await client.query({
      TableName: table,
      IndexName: 'gsi1',
      KeyConditionExpression: 'gsi1pk = :pk AND gsi1sk < :before',
      ExpressionAttributeValues: { ':pk': MONTH_MARKERS, ':before': before },
      Limit: limit,
    });
    return Items.map((item) => storedMarker.parse(item));
  },
  close: async (accountId, month) => {
    const { pk, sk } = monthMarkerKeys(accountId, month);
    await client.delete({ TableName: table, Key: { pk, sk } });
  },
  list: async (accountId) => {
    const items = await queryAll(client, {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND sk < :markers',
      ExpressionAttributeValues: { ':pk': monthsPartition(accountId), ':markers': MONTH_MARKER_PREFIX },
    });
    return items.map((item) => storedMonth.parse(item));
  },
  set: async (accountId, sealed) => {
    await client.put({ TableName: table, Item: monthItem(accountId, sealed) });
  },
});

/** The same bytes for the same month, whoever seals it and however often. */
const monthItem = (accountId: string, sealed: SealedMonth) => ({
  pk: monthsPartition(accountId),
  sk: sealed.month,
  ...(sealed.eventCount > 0 ? archiveQueueKeys(accountId, sealed.month) : {}),
  schema: 1,
  accountId,
  ...sealed,
});

// How far the walk over published versions is, and its pages: of the whole table, since no key leads to all versions.
import * as z from 'zod';
import { isNamed, type TableClient } from '../../shared/platform/table-client.ts';
import type { RenewalStore } from '../ports/renewal.ts';
import { PUBLISHED, publishedItem } from './items.ts';

const KEY = { pk: 'renewal', sk: 'walk' };

const stateItem = z.object({
  schema: z.literal(1),
  makers: z.string(),
  cursor: z.string().optional(),
  finishedAtMs: z.number().int().optional(),
  revision: z.number().int(),
});

const tableKey = z.object({ pk: z.string(), sk: z.string() });
const modelOf = (pk: string) => pk.slice(pk.indexOf('#') + 1);
const cursorOf = (item: unknown) => JSON.stringify(tableKey.parse(item));

/** @param pageItems - items looked at for a page; absent: as many as DynamoDB answers at once */
export const dynamoRenewal = (client: TableClient, table: string, pageItems?: number): RenewalStore => ({
  read: async () => {
    const { Item } = await client.get({ TableName: table, Key: KEY, ConsistentRead: true });
    if (!Item) return undefined;
    const { makers, cursor, finishedAtMs, revision } = stateItem.parse(Item);
    return { makers, cursor, finishedAtMs, revision };
  },

  save: async (state) => {
    try {
      await client.put({
        TableName: table,
        Item: { ...KEY, schema: 1, ...state },
        ConditionExpression: state.revision === 1 ? 'attribute_not_exists(pk)' : 'revision = :before',
        ...(state.revision === 1 ? {} : { ExpressionAttributeValues: { ':before': state.revision - 1 } }),
      });
      return true;
    } catch (fault) {
      if (isNamed(fault, 'ConditionalCheckFailedException')) return false;
      throw fault;
    }
  },

  published: async (cursor) => {
    const { Items = [], LastEvaluatedKey } = await client.scan({
      TableName: table,
      FilterExpression: 'begins_with(sk, :kind)',
      ExpressionAttributeValues: { ':kind': PUBLISHED },
      ...(pageItems ? { Limit: pageItems } : {}),
      ...(cursor === undefined ? {} : { ExclusiveStartKey: tableKey.parse(JSON.parse(cursor)) }),
    });
    return {
      entries: Items.map((item) => ({
        model: modelOf(tableKey.parse(item).pk),
        version: publishedItem.parse(item).version,
        cursor: cursorOf(item),
      })),
      next: LastEvaluatedKey && cursorOf(LastEvaluatedKey),
    };
  },
});

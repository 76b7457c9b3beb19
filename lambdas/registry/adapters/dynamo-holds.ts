// Who needs which object, in DynamoDB: an item per version and object, and one per object that counts them. Both change
// in one transaction, so that the count is exact; an object is deleted under a mark that keeps holders out.

import * as z from 'zod/mini';
import { isNamed, type TableClient } from '../../shared/platform/table-client.ts';
import { transact } from '../../shared/platform/transact.ts';
import { sortKeyOf } from '../domain/version-order.ts';
import type { Holder, ObjectHolds } from '../ports/life.ts';

/** No function lives so long: a mark that is older is nobody's, and what it was to delete may be held again. */
const MARK_LIFE_MS = 20 * 60_000;

const holdItem = z.object({ schema: z.literal(1), key: z.string() });
const objectItem = z.object({
  schema: z.literal(1),
  holderCount: z.int(),
  deletingBy: z.optional(z.string()),
  /** Once it was deleted, until it is held again. */
  deletedAtMs: z.optional(z.int()),
});

/** Objects are named `sha256/<hex>`. */
const nameOf = (key: string) => key.slice(key.indexOf('/') + 1);
const objectKey = (key: string) => ({ pk: `object#${nameOf(key)}`, sk: 'object' });
const holdKey = (key: string, { model, version }: Holder) => ({
  pk: `holds#${model}`,
  sk: `${sortKeyOf(version)}#${nameOf(key)}`,
});

export const dynamoHolds = (client: TableClient, table: string, clock: () => number = Date.now): ObjectHolds => {
  const change = async (update: { readonly Key: Record<string, string>; readonly [more: string]: unknown }) => {
    try {
      await client.update({ TableName: table, ...update });
      return true;
    } catch (fault) {
      if (isNamed(fault, 'ConditionalCheckFailedException')) return false;
      throw fault;
    }
  };
  const find = async (key: string) => {
    const { Item } = await client.get({ TableName: table, Key: objectKey(key), ConsistentRead: true });
    return Item && objectItem.parse(Item);
  };
  return {
    hold: async (key, holder) => {
      const refused = await transact(client, [
        {
          Put: {
            TableName: table,
            Item: { ...holdKey(key, holder), schema: 1, key },
            ConditionExpression: 'attribute_not_exists(pk)',
          },
        },
        {
          Update: {
            TableName: table,
            Key: objectKey(key),
            UpdateExpression:
              'SET #schema = :schema ADD holderCount :one REMOVE deletingBy, deletingSinceMs, deletedAtMs',
            ConditionExpression: 'attribute_not_exists(deletingBy) OR deletingSinceMs < :dead',
            ExpressionAttributeNames: { '#schema': 'schema' },
            ExpressionAttributeValues: { ':schema': 1, ':one': 1, ':dead': clock() - MARK_LIFE_MS },
          },
        },
      ]);
      return refused !== 1;
    },

    heldBy: async (holder) => {
      const { pk, sk } = holdKey('sha256/', holder);
      const keys: string[] = [];
      let from: Record<string, unknown> | undefined;
      do {
        const page = await client.query({
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :version)',
          ExpressionAttributeValues: { ':pk': pk, ':version': sk },
          ...(from ? { ExclusiveStartKey: from } : {}),
        });
        keys.push(...(page.Items ?? []).map((item) => holdItem.parse(item).key));
        from = page.LastEvaluatedKey;
      } while (from);
      return keys;
    },

    release: async (key, holder) => {
      await transact(client, [
        { Delete: { TableName: table, Key: holdKey(key, holder), ConditionExpression: 'attribute_exists(pk)' } },
        {
          Update: {
            TableName: table,
            Key: objectKey(key),
            UpdateExpression: 'ADD holderCount :less',
            ConditionExpression: 'holderCount > :none',
            ExpressionAttributeValues: { ':less': -1, ':none': 0 },
          },
        },
      ]);
    },

    beginDelete: async (key, token, nowMs) => {
      const marked = await change({
        Key: objectKey(key),
        UpdateExpression: 'SET deletingBy = :token, deletingSinceMs = :now',
        ConditionExpression: 'holderCount = :none AND attribute_not_exists(deletedAtMs)',
        ExpressionAttributeValues: { ':token': token, ':now': nowMs, ':none': 0 },
      });
      if (marked) return 'deleting';
      // What was never counted is somebody's, for all that is known here.
      return (await find(key))?.deletedAtMs === undefined ? 'held' : 'gone';
    },

    stillDeletes: async (key, token) => (await find(key))?.deletingBy === token,

    endDelete: (key, token, nowMs) =>
      change({
        Key: objectKey(key),
        UpdateExpression: 'SET deletedAtMs = :now REMOVE deletingBy, deletingSinceMs',
        ConditionExpression: 'deletingBy = :token',
        ExpressionAttributeValues: { ':token': token, ':now': nowMs },
      }),
  };
};

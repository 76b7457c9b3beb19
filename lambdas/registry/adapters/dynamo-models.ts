// Models and aliases in DynamoDB.
import type { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { transact } from '../../shared/platform/transact.ts';
import type { AliasStore, ModelStore, ModelWalk } from '../ports.ts';
import { createOnce } from './create-once.ts';
import { aliasItem, aliasKey, CATALOGUE, modelItem, modelKey, toModelItem } from './items.ts';
import { putNew, putNext } from './writes.ts';

const WALK_PAGE = 100;

export const dynamoModels = (client: DynamoDBDocument, table: string): ModelStore => {
  const find = async (name: string) => {
    const { Item } = await client.get({ TableName: table, Key: modelKey(name), ConsistentRead: true });
    return Item ? modelItem.parse(Item) : undefined;
  };
  return {
    find,

    create: async ({ model, idempotency, nowMs }) => {
      const writes = [putNew(table, toModelItem(model))];
      const made = await createOnce(client, table, { accountId: model.ownerAccountId, idempotency, nowMs, writes });
      if (made.outcome === 'refused') return { outcome: 'exists' };
      if (made.outcome !== 'replay') return { outcome: made.outcome };
      const earlier = await find(model.name);
      if (!earlier) throw new Error(`the model that a claim made is gone: ${model.name}`);
      return { outcome: 'replay', made: earlier };
    },

    change: async (model) => (await transact(client, [putNext(table, toModelItem(model))])) === undefined,

    async *walk(walk) {
      let from: Record<string, unknown> | undefined;
      do {
        const page = await client.query({
          TableName: table,
          ...walkQuery(walk),
          Limit: WALK_PAGE,
          ...(from ? { ExclusiveStartKey: from } : {}),
        });
        for (const item of page.Items ?? []) {
          const model = modelItem.parse(item);
          if (model.name !== walk.after) yield model;
        }
        from = page.LastEvaluatedKey;
      } while (from);
    },
  };
};

/** Names lie between two bounds: of the publisher, and of what was told before. Blanks are below, `~` above any name's character. */
const walkQuery = ({ ownerAccountId, publisher, after, descending }: ModelWalk) => {
  const index = ownerAccountId === undefined ? 'gsi1' : 'gsi2';
  const low = publisher === undefined ? ' ' : `${publisher}.`;
  const high = `${low === ' ' ? '' : low}~`;
  return {
    IndexName: index,
    KeyConditionExpression: `${index}pk = :pk AND ${index}sk BETWEEN :low AND :high`,
    ExpressionAttributeValues: {
      ':pk': ownerAccountId ?? CATALOGUE,
      ':low': descending ? low : (after ?? low),
      ':high': descending ? (after ?? high) : high,
    },
    ScanIndexForward: !descending,
  };
};

export const dynamoAliases = (client: DynamoDBDocument, table: string): AliasStore => ({
  find: async (model, alias) => {
    const { Item } = await client.get({ TableName: table, Key: aliasKey(model, alias), ConsistentRead: true });
    return Item ? aliasItem.parse(Item) : undefined;
  },

  list: async (model) => {
    const { pk, sk } = aliasKey(model, '');
    const page = await client.query({
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :alias)',
      ExpressionAttributeValues: { ':pk': pk, ':alias': sk },
    });
    return (page.Items ?? []).map((item) => aliasItem.parse(item));
  },
});

// Models and aliases in DynamoDB.
import type { TableClient } from '../../shared/platform/table-client.ts';
import { transact } from '../../shared/platform/transact.ts';
import { modelChangedData, modelCreatedData } from '../event-data.ts';
import type { ModelStore, ModelWalk } from '../ports.ts';
import { accessReads } from './access-reads.ts';
import { createOnce } from './create-once.ts';
import { CATALOGUE, modelItem, modelKey, toModelItem } from './items.ts';
import { toldChange } from './told-change.ts';
import { putNew, putNext } from './writes.ts';

const WALK_PAGE = 100;

/** What a call needs of them, apart from what changes them: who answers calls loads no more. */
export const modelReads = (client: TableClient, table: string): Pick<ModelStore, 'find' | 'accessOf' | 'walk'> => {
  const find = async (name: string) => {
    const { Item } = await client.get({ TableName: table, Key: modelKey(name), ConsistentRead: true });
    return Item ? modelItem.parse(Item) : undefined;
  };
  return {
    find,
    accessOf: accessReads(client, table).find,

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

export const dynamoModels = (client: TableClient, table: string): ModelStore => {
  const reads = modelReads(client, table);
  return {
    ...reads,

    create: async ({ model, idempotency, act, nowMs }) => {
      const { name, ownerAccountId: accountId, visibility } = model;
      const data = modelCreatedData.parse({ model: name, visibility });
      const told = toldChange(table, { type: 'ModelCreated.v1', accountId, model: name, act, data }, nowMs);
      const writes = [putNew(table, toModelItem(model)), ...told];
      const made = await createOnce(client, table, { accountId: model.ownerAccountId, idempotency, nowMs, writes });
      if (made.outcome === 'refused') return { outcome: 'exists' };
      if (made.outcome !== 'replay') return { outcome: made.outcome };
      const earlier = await reads.find(model.name);
      if (!earlier) throw new Error(`the model that a claim made is gone: ${model.name}`);
      return { outcome: 'replay', made: earlier };
    },

    change: async (model, { changed, act }) => {
      const { name, ownerAccountId: accountId, visibility, updatedAtMs } = model;
      const data = modelChangedData.parse({ model: name, visibility, changed });
      const told = toldChange(table, { type: 'ModelChanged.v1', accountId, model: name, act, data }, updatedAtMs);
      return (await transact(client, [putNext(table, toModelItem(model)), ...told])) === undefined;
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

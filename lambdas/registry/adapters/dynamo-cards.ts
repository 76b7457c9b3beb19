// Cards in DynamoDB: each an item of its model's partition.
import * as z from 'zod/mini';
import type { TableClient } from '../../shared/platform/table-client.ts';
import { transact } from '../../shared/platform/transact.ts';
import { modelCardChangedData } from '../event-data.ts';
import type { CardStore, StoredCard } from '../ports/cards.ts';
import { cardKey, modelKey } from './items.ts';
import { toldChange } from './told-change.ts';
import { putNew, putNext } from './writes.ts';

const cardItem = z.pipe(
  z.object({
    schema: z.literal(1),
    model: z.string(),
    text: z.string(),
    revision: z.int(),
    createdAtMs: z.int(),
    updatedAtMs: z.int(),
  }),
  z.transform(({ schema: _, ...rest }): StoredCard => rest),
);

export const dynamoCards = (client: TableClient, table: string): CardStore => ({
  find: async (model) => {
    const { Item } = await client.get({ TableName: table, Key: cardKey(model), ConsistentRead: true });
    return Item ? cardItem.parse(Item) : undefined;
  },

  save: async (card, { accountId, act, nowMs }) => {
    const { model, revision } = card;
    const item = { ...cardKey(model), schema: 1, ...card };
    const refused = await transact(client, [
      revision > 1 ? putNext(table, item) : putNew(table, item),
      {
        ConditionCheck: {
          TableName: table,
          Key: modelKey(model),
          ConditionExpression: 'ownerAccountId = :owner',
          ExpressionAttributeValues: { ':owner': accountId },
        },
      },
      ...toldChange(
        table,
        {
          type: 'ModelCardChanged.v1',
          accountId,
          model,
          act,
          data: modelCardChangedData.parse({ model, revision }),
        },
        nowMs,
      ),
    ]);
    return refused === undefined;
  },
});

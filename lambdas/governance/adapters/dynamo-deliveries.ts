// Deliveries in DynamoDB, each an item under its webhook. An index has those that something is to be done about, by when.
import { isNamed, type TableClient } from '../../shared/platform/table-client.ts';
import type { Delivery, DeliveryStore } from '../ports.ts';
import { DUE_SHARDS, deliveryItem, deliveryKey, dueKey, dueText, toDeliveryItem } from './webhook-items.ts';

const PAGE_ITEMS = 50;
/** A state that is rare ends a page early instead of reading for ever. */
const LOOK_LIMIT = 1_000;
const LOOKED_AT_ONCE = 100;

export const dynamoDeliveries = (client: TableClient, table: string): DeliveryStore => {
  /** @returns false when the condition does not hold */
  const put = async (delivery: Delivery, condition: { expression: string; values?: Record<string, unknown> }) => {
    try {
      await client.put({
        TableName: table,
        Item: toDeliveryItem(delivery),
        ConditionExpression: condition.expression,
        ...(condition.values ? { ExpressionAttributeValues: condition.values } : {}),
      });
      return true;
    } catch (fault) {
      if (isNamed(fault, 'ConditionalCheckFailedException')) return false;
      throw fault;
    }
  };

  return {
    create: (delivery) => put(delivery, { expression: 'attribute_not_exists(pk)' }),

    find: async (webhookId, deliveryId) => {
      const { Item } = await client.get({
        TableName: table,
        Key: deliveryKey(webhookId, deliveryId),
        ConsistentRead: true,
      });
      return Item ? deliveryItem.parse(Item) : undefined;
    },

    list: async ({ webhookId, limit, after, state }) => {
      const items: Delivery[] = [];
      let last = after;
      // One more than asked for tells whether there is a next page.
      const Limit = state === undefined ? limit + 1 : LOOKED_AT_ONCE;
      for (let lookedCount = 0; lookedCount < LOOK_LIMIT; ) {
        const { Items = [], LastEvaluatedKey } = await client.query({
          TableName: table,
          ConsistentRead: true,
          ScanIndexForward: false,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :delivery)',
          ExpressionAttributeValues: { ':pk': webhookId, ':delivery': 'delivery#' },
          Limit,
          ...(last === undefined ? {} : { ExclusiveStartKey: deliveryKey(webhookId, last) }),
        });
        for (const delivery of Items.map((item) => deliveryItem.parse(item))) {
          if (items.length === limit) return { items, last };
          last = delivery.deliveryId;
          lookedCount++;
          if (state === undefined || delivery.state === state) items.push(delivery);
        }
        if (LastEvaluatedKey === undefined) return { items, last: undefined };
      }
      return { items, last };
    },

    change: (delivery) =>
      put(delivery, { expression: 'revision = :before', values: { ':before': delivery.revision - 1 } }),

    async *due(nowMs) {
      for (let shard = 0; shard < DUE_SHARDS; shard++) {
        let from: Record<string, unknown> | undefined;
        do {
          const page = await client.query({
            TableName: table,
            IndexName: 'gsi1',
            KeyConditionExpression: 'gsi1pk = :due AND gsi1sk <= :now',
            ExpressionAttributeValues: { ':due': dueKey(shard), ':now': dueText(nowMs) },
            Limit: PAGE_ITEMS,
            ...(from ? { ExclusiveStartKey: from } : {}),
          });
          yield (page.Items ?? []).map((item) => deliveryItem.parse(item));
          from = page.LastEvaluatedKey;
        } while (from);
      }
    },
  };
};

// What was recorded under idempotency keys, and how often it was repeated. The charge itself writes the record.
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import type { IdempotencyStore } from '../ports.ts';
import { keyUseOf, parseUse } from './key-use.ts';
import { idempotencyKey } from './table-keys.ts';

export const dynamoKeys = (client: DynamoDBDocument, table: string): IdempotencyStore => ({
  find: async (accountId, key, nowMs) => {
    const { Item } = await client.get({ TableName: table, Key: idempotencyKey(accountId, key), ConsistentRead: true });
    if (!Item || parseUse(Item).expiresAt < Math.floor(nowMs / 1000)) return undefined;
    return keyUseOf(Item);
  },
  countReplay: async (accountId, key, limit) => {
    try {
      await client.update({
        TableName: table,
        Key: idempotencyKey(accountId, key),
        UpdateExpression: 'SET replays = replays + :one',
        ConditionExpression: 'replays < :limit',
        ExpressionAttributeValues: { ':one': 1, ':limit': limit },
      });
      return true;
    } catch (fault) {
      if (fault instanceof ConditionalCheckFailedException) return false;
      throw fault;
    }
  },
});

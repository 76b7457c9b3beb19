// What was recorded under idempotency keys, and how often it was repeated. The charge itself writes the record.
import { randomUUID } from 'node:crypto';
import { isNamed, refusedItem, type TableClient } from '../../shared/platform/table-client.ts';
import type { IdempotencyStore } from '../ports.ts';
import { keyUseOf, parseUse } from './key-use.ts';
import { outliveConflict } from './outlive-conflict.ts';
import { idempotencyKey } from './table-keys.ts';

export const dynamoKeys = (client: TableClient, table: string): IdempotencyStore => ({
  find: async (accountId, key, nowMs) => {
    const { Item } = await client.get({ TableName: table, Key: idempotencyKey(accountId, key), ConsistentRead: true });
    if (!Item || parseUse(Item).expiresAt < Math.floor(nowMs / 1000)) return undefined;
    return keyUseOf(Item);
  },
  countReplay: async (accountId, key, limit) => {
    const replayId = randomUUID();
    try {
      // A call that is charged under the key this instant holds its record.
      await outliveConflict(() =>
        client.update({
          TableName: table,
          Key: idempotencyKey(accountId, key),
          UpdateExpression: 'SET replays = replays + :one, lastReplay = :replay',
          ConditionExpression: 'replays < :limit AND (attribute_not_exists(lastReplay) OR lastReplay <> :replay)',
          ExpressionAttributeValues: { ':one': 1, ':limit': limit, ':replay': replayId },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return true;
    } catch (fault) {
      if (!isNamed(fault, 'ConditionalCheckFailedException')) throw fault;
      // Counted by an earlier try whose answer was lost; the client sends it again by itself.
      return refusedItem(fault)?.lastReplay?.S === replayId;
    }
  },
});

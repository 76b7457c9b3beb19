// Who may call a failing webhook, in DynamoDB: an item beside the webhook's deliveries, taken over only when its time is up.
import { isNamed, type TableClient } from '../../shared/platform/table-client.ts';
import { PROBE_MS } from '../domain/delivery.ts';
import type { WebhookProbes } from '../ports.ts';
import { probeKey } from './webhook-items.ts';

/** It is of no use once its time is up; the table's TTL deletes late. */
const KEPT_MS = 3_600_000;

export const dynamoProbes = (client: TableClient, table: string): WebhookProbes => ({
  take: async (webhookId, nowMs) => {
    const untilMs = nowMs + PROBE_MS;
    try {
      await client.put({
        TableName: table,
        Item: { ...probeKey(webhookId), schema: 1, untilMs, expiresAt: Math.floor((untilMs + KEPT_MS) / 1000) },
        ConditionExpression: 'attribute_not_exists(pk) OR untilMs <= :now',
        ExpressionAttributeValues: { ':now': nowMs },
      });
      return true;
    } catch (fault) {
      if (isNamed(fault, 'ConditionalCheckFailedException')) return false;
      throw fault;
    }
  },
});

// What the governance table holds. Keys: `pk`, `sk`; `expiresAt` is the table's TTL and nothing else.
//
//   pk     sk              item
//   acc_…  webhook#whk_…   webhook, its secrets sealed
//   acc_…  webhooks        how many of them there are
//   acc_…  claim#<sha256>  idempotency key that made a webhook
//   whk_…  delivery#evt_…  one message to the webhook, for 30 days; while something is to be done about it,
//                          gsi1: due#<n> / when the sweep takes it, epoch ms in 13 digits
//   whk_…  probe           until when one attempt alone calls it, while it is failing
import * as z from 'zod';
import type { Delivery, Webhook } from '../ports.ts';

const stored = { schema: z.literal(1) };
const times = { revision: z.int(), createdAtMs: z.int(), updatedAtMs: z.int() };

export const webhookItem = z
  .object({
    ...stored,
    webhookId: z.string(),
    accountId: z.string(),
    url: z.string(),
    description: z.string().optional(),
    events: z.array(z.string()),
    enabled: z.boolean(),
    disabledReason: z.enum(['gone', 'failing']).optional(),
    disabledAtMs: z.int().optional(),
    failingSinceMs: z.int().optional(),
    secrets: z.array(
      z
        .object({ ciphertext: z.string(), createdAtMs: z.int(), expiresAtMs: z.int().optional() })
        .transform(({ expiresAtMs, ...rest }) => ({ ...rest, expiresAtMs })),
    ),
    createdBy: z.string(),
    ...times,
  })
  .transform(
    ({ schema: _, description, disabledReason, disabledAtMs, failingSinceMs, ...rest }): Webhook => ({
      ...rest,
      description,
      disabledReason,
      disabledAtMs,
      failingSinceMs,
    }),
  );

export const deliveryItem = z
  .object({
    ...stored,
    accountId: z.string(),
    webhookId: z.string(),
    deliveryId: z.string(),
    type: z.string(),
    payload: z.string(),
    state: z.enum(['pending', 'delivered', 'failed']),
    reason: z.enum(['attempts_used_up', 'webhook_disabled', 'webhook_removed']).optional(),
    attemptCount: z.int(),
    attempts: z.array(
      z
        .object({
          atMs: z.int(),
          durationMs: z.number(),
          status: z.int().optional(),
          error: z.string().optional(),
          response: z.string().optional(),
        })
        .transform(({ status, error, response, ...rest }) => ({ ...rest, status, error, response })),
    ),
    nextAttemptAtMs: z.int().optional(),
    dueMs: z.int().optional(),
    expiresAtMs: z.int(),
    ...times,
  })
  .transform(
    ({ schema: _, reason, nextAttemptAtMs, dueMs, ...rest }): Delivery => ({ ...rest, reason, nextAttemptAtMs, dueMs }),
  );

export const claimItem = z.object({ ...stored, requestSha256: z.string(), webhookId: z.string() });

export const webhookKey = (accountId: string, webhookId: string) => ({ pk: accountId, sk: `webhook#${webhookId}` });
export const countKey = (accountId: string) => ({ pk: accountId, sk: 'webhooks' });
export const probeKey = (webhookId: string) => ({ pk: webhookId, sk: 'probe' });
export const deliveryKey = (webhookId: string, deliveryId: string) => ({
  pk: webhookId,
  sk: `delivery#${deliveryId}`,
});

export const DUE_SHARDS = 4;
export const dueKey = (shard: number) => `due#${shard}`;
export const dueText = (ms: number) => String(ms).padStart(13, '0');

export const toWebhookItem = (webhook: Webhook) => ({
  ...webhookKey(webhook.accountId, webhook.webhookId),
  schema: 1,
  ...webhook,
});

export const toDeliveryItem = (delivery: Delivery) => ({
  ...deliveryKey(delivery.webhookId, delivery.deliveryId),
  schema: 1,
  ...delivery,
  expiresAt: Math.ceil(delivery.expiresAtMs / 1000),
  ...(delivery.dueMs === undefined
    ? {}
    : {
        gsi1pk: dueKey(delivery.deliveryId.charCodeAt(delivery.deliveryId.length - 1) % DUE_SHARDS),
        gsi1sk: dueText(delivery.dueMs),
      }),
});

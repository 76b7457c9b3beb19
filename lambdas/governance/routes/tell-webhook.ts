// A webhook and a delivery as the API tells them: everything but secrets.
import { toTimestamp } from '../../shared/kernel/clock.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import type { Caller } from '../../shared/platform/caller.ts';
import type { Delivery, DeliveryStore, Webhook, WebhookStore } from '../ports.ts';

const orNull = (ms: number | undefined) => (ms === undefined ? null : toTimestamp(ms));

export const tellWebhook = (webhook: Webhook) => ({
  id: webhook.webhookId,
  url: webhook.url,
  description: webhook.description ?? null,
  events: webhook.events,
  enabled: webhook.enabled,
  disabledReason: webhook.disabledReason ?? null,
  disabledAt: orNull(webhook.disabledAtMs),
  failingSince: orNull(webhook.failingSinceMs),
  secrets: webhook.secrets.map(({ createdAtMs, expiresAtMs }) => ({
    createdAt: toTimestamp(createdAtMs),
    expiresAt: orNull(expiresAtMs),
  })),
  createdBy: webhook.createdBy,
  createdAt: toTimestamp(webhook.createdAtMs),
  updatedAt: toTimestamp(webhook.updatedAtMs),
});

export const webhookEtag = ({ revision }: Webhook): string => `"${revision}"`;

export const tellDeliveryItem = (delivery: Delivery) => ({
  id: delivery.deliveryId,
  type: delivery.type,
  state: delivery.state,
  reason: delivery.reason ?? null,
  attemptCount: delivery.attemptCount,
  attempts: delivery.attempts.map(({ atMs, durationMs, status, error, response }) => ({
    at: toTimestamp(atMs),
    durationMs,
    status: status ?? null,
    error: error ?? null,
    response: response ?? null,
  })),
  nextAttemptAt: orNull(delivery.nextAttemptAtMs),
  createdAt: toTimestamp(delivery.createdAtMs),
  updatedAt: toTimestamp(delivery.updatedAtMs),
});

export const tellDelivery = (delivery: Delivery) => ({ ...tellDeliveryItem(delivery), payload: delivery.payload });

type Of = Pick<Caller, 'accountId'>;

/** @throws DomainError webhook_not_found for a missing one and another account's alike */
export const findWebhook = async (
  webhooks: Pick<WebhookStore, 'find'>,
  { accountId }: Of,
  webhookId: string,
): Promise<Webhook> => {
  const webhook = await webhooks.find(accountId, webhookId);
  if (!webhook) throw noWebhook(webhookId);
  return webhook;
};

export const noWebhook = (webhookId: string) =>
  new DomainError('not_found', 'webhook_not_found', `no webhook '${webhookId}'`);

/** @throws DomainError delivery_not_found; who may see the webhook is looked at before */
export const findDelivery = async (
  deliveries: Pick<DeliveryStore, 'find'>,
  { webhookId }: Webhook,
  deliveryId: string,
): Promise<Delivery> => {
  const delivery = await deliveries.find(webhookId, deliveryId);
  if (!delivery)
    throw new DomainError('not_found', 'delivery_not_found', `no delivery '${deliveryId}' of '${webhookId}'`);
  return delivery;
};

/** @throws DomainError webhook_disabled */
export const requireEnabled = ({ enabled, webhookId }: Webhook): void => {
  if (!enabled)
    throw new DomainError('conflict', 'webhook_disabled', `'${webhookId}' is disabled: nothing is sent to it`);
};

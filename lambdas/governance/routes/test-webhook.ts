// POST /v1/webhooks/{webhook}/test — one message to this webhook alone, delivered like any other.
import { toTimestamp } from '../../shared/kernel/clock.ts';
import { newId } from '../../shared/platform/new-id.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { governanceRoutes } from '../contract.ts';
import { newDelivery } from '../domain/delivery.ts';
import { TEST_TYPE } from '../domain/public-events.ts';
import type { DeliveryQueue, DeliveryStore, WebhookStore } from '../ports.ts';
import { findWebhook, requireEnabled, tellDelivery } from './tell-webhook.ts';

export interface TestWebhookPorts {
  readonly webhooks: Pick<WebhookStore, 'find'>;
  readonly deliveries: Pick<DeliveryStore, 'create'>;
  readonly queue: DeliveryQueue;
}

export const testWebhook =
  ({ webhooks, deliveries, queue }: TestWebhookPorts): UseCase<typeof governanceRoutes.testWebhook> =>
  async ({ caller, params, nowMs }) => {
    const webhook = await findWebhook(webhooks, caller, params.webhook);
    requireEnabled(webhook);
    const { accountId, webhookId } = webhook;
    const payload = JSON.stringify({ type: TEST_TYPE, timestamp: toTimestamp(nowMs), data: { accountId, webhookId } });
    const deliveryId = newId('evt', nowMs);
    const delivery = newDelivery({ accountId, webhookId, deliveryId, type: TEST_TYPE, payload }, nowMs);
    await deliveries.create(delivery);
    await queue.put([delivery]);
    return {
      status: 202,
      body: tellDelivery(delivery),
      headers: { location: `/v1/webhooks/${webhookId}/deliveries/${deliveryId}` },
    };
  };

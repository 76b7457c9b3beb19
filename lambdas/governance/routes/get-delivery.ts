// GET /v1/webhooks/{webhook}/deliveries/{delivery} — one of them, with the body that is sent.
import type { UseCase } from '../../shared/platform/route.ts';
import type { governanceRoutes } from '../contract.ts';
import type { DeliveryStore, WebhookStore } from '../ports.ts';
import { findDelivery, findWebhook, tellDelivery } from './tell-webhook.ts';

export interface GetDeliveryPorts {
  readonly webhooks: Pick<WebhookStore, 'find'>;
  readonly deliveries: Pick<DeliveryStore, 'find'>;
}

export const getDelivery =
  ({ webhooks, deliveries }: GetDeliveryPorts): UseCase<typeof governanceRoutes.getDelivery> =>
  async ({ caller, params }) => {
    const webhook = await findWebhook(webhooks, caller, params.webhook);
    return { status: 200, body: tellDelivery(await findDelivery(deliveries, webhook, params.delivery)) };
  };

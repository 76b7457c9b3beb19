// POST /v1/webhooks/{webhook}/deliveries/{delivery}/replay — the same message again, from the first attempt on.
import { DomainError } from '../../shared/kernel/errors.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { governanceRoutes } from '../contract.ts';
import { replayed } from '../domain/delivery.ts';
import type { Delivery, DeliveryQueue, DeliveryStore, WebhookStore } from '../ports.ts';
import { findDelivery, findWebhook, requireEnabled, tellDelivery } from './tell-webhook.ts';

export interface ReplayDeliveryPorts {
  readonly webhooks: Pick<WebhookStore, 'find'>;
  readonly deliveries: Pick<DeliveryStore, 'find' | 'change'>;
  readonly queue: DeliveryQueue;
}

const MAX_TRIES = 10;

export const replayDelivery =
  ({ webhooks, deliveries, queue }: ReplayDeliveryPorts): UseCase<typeof governanceRoutes.replayDelivery> =>
  async ({ caller, params, nowMs }) => {
    const webhook = await findWebhook(webhooks, caller, params.webhook);
    requireEnabled(webhook);
    const replay = async (): Promise<Delivery> => {
      for (let round = 0; round < MAX_TRIES; round++) {
        const again = replayed(await findDelivery(deliveries, webhook, params.delivery), nowMs);
        // An attempt that is under way loses its delivery by this: whatever it comes to, the message is sent once more.
        if (await deliveries.change(again)) return again;
      }
      throw new DomainError('unavailable', 'unavailable', 'the delivery is being changed; it was not replayed', {
        headers: { 'retry-after': '1' },
      });
    };
    const delivery = await replay();
    await queue.put([delivery]);
    return { status: 202, body: tellDelivery(delivery) };
  };

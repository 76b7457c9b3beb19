// Events from the bus become deliveries, one for each webhook of the account that asked for them. A repeated event makes
// the same deliveries again, which are there already.
import * as z from 'zod';
import { isId } from '../../shared/kernel/ids.ts';
import type { EventDetail } from '../../shared/platform/events.ts';
import { newDelivery } from '../domain/delivery.ts';
import { publicTypeOf, wants } from '../domain/public-events.ts';
import type { DeliveryQueue, DeliveryStore, WebhookStore } from '../ports.ts';

/** An EventBridge event of one of the contexts. */
export const busEvent = z.object({
  source: z.string().startsWith('aimass.'),
  'detail-type': z.string(),
  detail: z.object({
    id: z.string().refine((id) => isId('evt', id), 'must be evt_ and 26 characters'),
    at: z.iso.datetime(),
    accountId: z.string().min(1),
    subject: z.string(),
    traceparent: z.string().optional(),
    data: z.record(z.string(), z.unknown()),
  }) satisfies z.ZodType<EventDetail>,
});
export type BusEvent = z.output<typeof busEvent>;

export interface NotifyPorts {
  readonly webhooks: Pick<WebhookStore, 'all'>;
  readonly deliveries: Pick<DeliveryStore, 'create'>;
  readonly queue: DeliveryQueue;
  readonly clock: () => number;
}

/** @returns how many webhooks are told */
export const notifyWebhooks =
  ({ webhooks, deliveries, queue, clock }: NotifyPorts) =>
  async ({ 'detail-type': detailType, detail }: BusEvent): Promise<number> => {
    const type = publicTypeOf(detailType);
    if (type === undefined) return 0;
    const { id: deliveryId, accountId, subject, at, data } = detail;
    const asked = (await webhooks.all(accountId)).filter(({ enabled, events }) => enabled && wants(events, type));
    if (asked.length === 0) return 0;
    const payload = JSON.stringify({
      type,
      timestamp: new Date(at).toISOString(),
      data: { accountId, subject, ...data },
    });
    const made = asked.map(({ webhookId }) =>
      newDelivery({ accountId, webhookId, deliveryId, type, payload }, clock()),
    );
    await Promise.all(made.map((delivery) => deliveries.create(delivery)));
    // Also of those that were there already: the function may have ended before it put them on the queue. Where their first
    // attempt is past, the task is of an old revision, and nothing becomes of it.
    await queue.put(made);
    return made.length;
  };

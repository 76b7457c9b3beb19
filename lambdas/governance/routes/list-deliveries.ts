// GET /v1/webhooks/{webhook}/deliveries — a page of them, newest first.
import { isId } from '../../shared/kernel/ids.ts';
import { decodeCursor, encodeCursor } from '../../shared/platform/cursor.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { governanceRoutes } from '../contract.ts';
import type { DeliveryStore, WebhookStore } from '../ports.ts';
import { cursorId } from './cursor-id.ts';
import { findWebhook, tellDeliveryItem } from './tell-webhook.ts';

export interface ListDeliveriesPorts {
  readonly webhooks: Pick<WebhookStore, 'find'>;
  readonly deliveries: Pick<DeliveryStore, 'list'>;
}

export const listDeliveries =
  ({ webhooks, deliveries }: ListDeliveriesPorts): UseCase<typeof governanceRoutes.listDeliveries> =>
  async ({ caller, params, query }) => {
    const { webhookId } = await findWebhook(webhooks, caller, params.webhook);
    const { limit, state } = query;
    const filters = { list: 'deliveries', webhookId, state };
    const after = cursorId(decodeCursor(query.cursor, filters), (text) => isId('evt', text));
    const { items, last } = await deliveries.list({ webhookId, limit, after, state });
    const next = encodeCursor(last === undefined ? undefined : { after: last }, filters);
    return { status: 200, body: { items: items.map(tellDeliveryItem), next } };
  };

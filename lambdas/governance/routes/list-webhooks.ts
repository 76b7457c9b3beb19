// GET /v1/webhooks — a page of the account's webhooks, oldest first.
import { isId } from '../../shared/kernel/ids.ts';
import { decodeCursor, encodeCursor } from '../../shared/platform/cursor.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { governanceRoutes } from '../contract.ts';
import type { WebhookStore } from '../ports.ts';
import { cursorId } from './cursor-id.ts';
import { tellWebhook } from './tell-webhook.ts';

export const listWebhooks =
  (webhooks: Pick<WebhookStore, 'all'>): UseCase<typeof governanceRoutes.listWebhooks> =>
  async ({ caller, query }) => {
    const filters = { list: 'webhooks', accountId: caller.accountId };
    const after = cursorId(decodeCursor(query.cursor, filters), (text) => isId('whk', text));
    // There are never more than a page of them.
    const all = await webhooks.all(caller.accountId);
    const rest = after === undefined ? all : all.filter(({ webhookId }) => webhookId > after);
    const items = rest.slice(0, query.limit);
    const last = items.at(-1);
    const next = encodeCursor(last && items.length < rest.length ? { after: last.webhookId } : undefined, filters);
    return { status: 200, body: { items: items.map(tellWebhook), next } };
  };

// GET /v1/webhooks/{webhook} — one webhook of the account.
import type { UseCase } from '../../shared/platform/route.ts';
import type { governanceRoutes } from '../contract.ts';
import type { WebhookStore } from '../ports.ts';
import { findWebhook, tellWebhook, webhookEtag } from './tell-webhook.ts';

export const getWebhook =
  (webhooks: Pick<WebhookStore, 'find'>): UseCase<typeof governanceRoutes.getWebhook> =>
  async ({ caller, params }) => {
    const webhook = await findWebhook(webhooks, caller, params.webhook);
    return { status: 200, body: tellWebhook(webhook), headers: { etag: webhookEtag(webhook) } };
  };

// DELETE /v1/webhooks/{webhook} — what waits for it is given up when its time comes.
import type { UseCase } from '../../shared/platform/route.ts';
import type { governanceRoutes } from '../contract.ts';
import type { WebhookStore } from '../ports.ts';
import { noWebhook } from './tell-webhook.ts';

export const deleteWebhook =
  (webhooks: Pick<WebhookStore, 'remove'>): UseCase<typeof governanceRoutes.deleteWebhook> =>
  async ({ caller, params }) => {
    if (!(await webhooks.remove(caller.accountId, params.webhook))) throw noWebhook(params.webhook);
    return { status: 204 };
  };

// POST /v1/webhooks/{webhook}/rotate-secret — a new secret; the old ones are signed with for a while longer.
import type { UseCase } from '../../shared/platform/route.ts';
import type { governanceRoutes } from '../contract.ts';
import { withSecret } from '../domain/webhook-secrets.ts';
import type { SecretSealer, WebhookStore } from '../ports.ts';
import { changeWebhook } from './change-webhook.ts';
import { newWebhookSecret } from './new-webhook-secret.ts';
import { findWebhook, noWebhook, tellWebhook, webhookEtag } from './tell-webhook.ts';

export interface RotateSecretPorts {
  readonly webhooks: Pick<WebhookStore, 'find' | 'change'>;
  readonly secrets: SecretSealer;
}

export const rotateWebhookSecret =
  ({ webhooks, secrets }: RotateSecretPorts): UseCase<typeof governanceRoutes.rotateWebhookSecret> =>
  async ({ caller, params, body, nowMs }) => {
    const { accountId, webhookId } = await findWebhook(webhooks, caller, params.webhook);
    const secret = newWebhookSecret();
    const ciphertext = await secrets.seal(secret, { accountId, webhookId });
    const graceMs = body.graceSeconds * 1000;
    const webhook = await changeWebhook(webhooks, { accountId, webhookId }, (found) =>
      withSecret(found, ciphertext, { nowMs, graceMs }),
    );
    if (!webhook) throw noWebhook(webhookId);
    return { status: 200, body: { ...tellWebhook(webhook), secret }, headers: { etag: webhookEtag(webhook) } };
  };

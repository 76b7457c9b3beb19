// POST /v1/webhooks — makes a webhook. Its secret leaves here once and is kept sealed.
import { DomainError } from '../../shared/kernel/errors.ts';
import { newId } from '../../shared/platform/new-id.ts';
import type { RouteAnswer, UseCase } from '../../shared/platform/route.ts';
import { type governanceRoutes, WEBHOOK_LIMIT } from '../contract.ts';
import { checkWebhookUrl } from '../domain/webhook-url.ts';
import type { SecretSealer, Webhook, WebhookStore } from '../ports.ts';
import { newWebhookSecret } from './new-webhook-secret.ts';
import { findWebhook, tellWebhook, webhookEtag } from './tell-webhook.ts';

type Route = typeof governanceRoutes.createWebhook;

export interface CreateWebhookPorts {
  readonly webhooks: Pick<WebhookStore, 'create' | 'find'>;
  readonly secrets: SecretSealer;
  readonly privateHosts: readonly string[];
}

export const createWebhook =
  ({ webhooks, secrets, privateHosts }: CreateWebhookPorts): UseCase<Route> =>
  async ({ caller, body, idempotency, nowMs }) => {
    const { accountId } = caller;
    const webhookId = newId('whk', nowMs);
    const url = checkWebhookUrl(body.url, privateHosts);
    const secret = newWebhookSecret();
    const webhook: Webhook = {
      webhookId,
      accountId,
      url,
      description: body.description,
      events: body.events,
      enabled: true,
      disabledReason: undefined,
      disabledAtMs: undefined,
      failingSinceMs: undefined,
      secrets: [
        {
          ciphertext: await secrets.seal(secret, { accountId, webhookId }),
          createdAtMs: nowMs,
          expiresAtMs: undefined,
        },
      ],
      createdBy: caller.userId,
      revision: 1,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    };
    const made = await webhooks.create({ webhook, idempotency, nowMs });
    switch (made.outcome) {
      case 'created':
        return answer(webhook, secret);
      case 'replay': {
        // Its secret is known to nobody here.
        const told = answer(await findWebhook(webhooks, caller, made.webhookId), null);
        return { ...told, headers: { ...told.headers, 'idempotency-replayed': 'true' } };
      }
      case 'limit':
        throw new DomainError(
          'conflict',
          'webhook_limit_reached',
          `an account may have ${WEBHOOK_LIMIT} webhooks at most`,
        );
      case 'claim_reused':
        throw new DomainError(
          'invalid',
          'idempotency_key_reused',
          "'idempotency-key' must be a new one: another request was made with it",
        );
    }
  };

const answer = (webhook: Webhook, secret: string | null): RouteAnswer<Route> => ({
  status: 201,
  body: { ...tellWebhook(webhook), secret },
  headers: { location: `/v1/webhooks/${webhook.webhookId}`, etag: webhookEtag(webhook) },
});

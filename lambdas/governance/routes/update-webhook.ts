// PATCH /v1/webhooks/{webhook} — all of a patch, or nothing.
import { DomainError } from '../../shared/kernel/errors.ts';
import type { RouteRequest, UseCase } from '../../shared/platform/route.ts';
import type { governanceRoutes } from '../contract.ts';
import { checkWebhookUrl } from '../domain/webhook-url.ts';
import type { Webhook, WebhookStore } from '../ports.ts';
import { changeWebhook } from './change-webhook.ts';
import { noWebhook, tellWebhook, webhookEtag } from './tell-webhook.ts';

type Route = typeof governanceRoutes.updateWebhook;
type Body = RouteRequest<Route>['body'];

export interface UpdateWebhookPorts {
  readonly webhooks: Pick<WebhookStore, 'find' | 'change'>;
  readonly privateHosts: readonly string[];
}

export const updateWebhook =
  ({ webhooks, privateHosts }: UpdateWebhookPorts): UseCase<Route> =>
  async ({ caller, params, headers, body, nowMs }) => {
    const of = { accountId: caller.accountId, webhookId: params.webhook };
    const webhook = await changeWebhook(webhooks, of, (found) => {
      if (!holds(headers['if-match'], webhookEtag(found))) throw changedMeanwhile();
      return patched(found, body, { privateHosts, nowMs });
    });
    if (!webhook) throw noWebhook(params.webhook);
    return { status: 200, body: tellWebhook(webhook), headers: { etag: webhookEtag(webhook) } };
  };

const patched = (
  webhook: Webhook,
  { url, events, description, enabled }: Body,
  { privateHosts, nowMs }: { privateHosts: readonly string[]; nowMs: number },
): Webhook => {
  const change = {
    ...(url === undefined ? {} : { url: checkWebhookUrl(url, privateHosts) }),
    ...(events === undefined ? {} : { events }),
    ...(description === undefined ? {} : { description: description ?? undefined }),
    ...(enabled === undefined || enabled === webhook.enabled ? {} : switched(enabled, nowMs)),
  };
  if (Object.keys(change).length === 0) return webhook;
  return { ...webhook, ...change, revision: webhook.revision + 1, updatedAtMs: nowMs };
};

/** Whoever enables it begins anew: what failed before is not held against it. */
const switched = (enabled: boolean, nowMs: number) => ({
  enabled,
  disabledReason: undefined,
  disabledAtMs: enabled ? undefined : nowMs,
  failingSinceMs: undefined,
});

const holds = (ifMatch: string | undefined, etag: string) =>
  ifMatch === undefined || ifMatch.trim() === '*' || ifMatch.split(',').some((tag) => tag.trim() === etag);

const changedMeanwhile = () =>
  new DomainError('precondition_failed', 'precondition_failed', "'if-match' must be the webhook's present ETag");

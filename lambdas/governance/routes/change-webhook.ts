// Read, change, write if nothing changed meanwhile; else all again.
import { DomainError } from '../../shared/kernel/errors.ts';
import type { Webhook, WebhookStore } from '../ports.ts';

const MAX_TRIES = 10;

/**
 * @param change - of the webhook as it is now; itself when there is nothing to change
 * @returns undefined when there is no such webhook. @throws DomainError unavailable
 */
export const changeWebhook = async (
  webhooks: Pick<WebhookStore, 'find' | 'change'>,
  { accountId, webhookId }: Pick<Webhook, 'accountId' | 'webhookId'>,
  change: (webhook: Webhook) => Webhook,
): Promise<Webhook | undefined> => {
  for (let round = 0; round < MAX_TRIES; round++) {
    const found = await webhooks.find(accountId, webhookId);
    if (!found) return undefined;
    const changed = change(found);
    if (changed === found || (await webhooks.change(changed))) return changed;
  }
  throw new DomainError('unavailable', 'unavailable', 'others are changing the same webhook; nothing was changed', {
    headers: { 'retry-after': '1' },
  });
};

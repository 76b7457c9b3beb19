// Which secrets a webhook's messages are signed with: the newest, and those it replaced until they end.
import type { SealedSecret, Webhook } from '../ports.ts';

/** Each is a signature in every message's header. */
const IN_FORCE_LIMIT = 3;

export const inForce = ({ secrets }: Pick<Webhook, 'secrets'>, nowMs: number): readonly SealedSecret[] =>
  secrets.filter(({ expiresAtMs }) => expiresAtMs === undefined || expiresAtMs > nowMs);

/** @param graceMs - how long those in force until now stay so, unless they end sooner; 0: not at all */
export const withSecret = (
  webhook: Webhook,
  ciphertext: string,
  { nowMs, graceMs }: { nowMs: number; graceMs: number },
): Webhook => {
  const old = inForce(webhook, nowMs)
    .map((secret) => ({
      ...secret,
      expiresAtMs: Math.min(secret.expiresAtMs ?? Number.POSITIVE_INFINITY, nowMs + graceMs),
    }))
    .filter(({ expiresAtMs }) => expiresAtMs > nowMs);
  const secrets = [{ ciphertext, createdAtMs: nowMs, expiresAtMs: undefined }, ...old].slice(0, IN_FORCE_LIMIT);
  return { ...webhook, secrets, revision: webhook.revision + 1, updatedAtMs: nowMs };
};

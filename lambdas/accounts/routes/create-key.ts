// POST /v1/keys — makes an API key no stronger than its maker. The secret leaves here once and is kept as a hash.
import { createHash, randomBytes } from 'node:crypto';
import { DomainError } from '../../shared/kernel/errors.ts';
import { newId } from '../../shared/platform/new-id.ts';
import type { RouteAnswer, UseCase } from '../../shared/platform/route.ts';
import { type accountsRoutes, KEY_LIMIT } from '../contract.ts';
import { boundNewKey } from '../domain/bound-new-key.ts';
import { keyText } from '../domain/key-text.ts';
import { unknownKey } from '../domain/unknown-key.ts';
import type { ApiKey, KeyStore } from '../ports.ts';
import { noKey, tellKey } from './tell-key.ts';

type Route = typeof accountsRoutes.createKey;

export const createKey =
  (keys: KeyStore): UseCase<Route> =>
  async ({ caller, body, idempotency, nowMs }) => {
    const maker = caller.keyId === undefined ? undefined : await keys.find(caller.accountId, caller.keyId);
    // Who calls is remembered for a minute, and a key made in that minute would outlive its maker's revocation.
    if (caller.keyId !== undefined && (!maker || maker.revokedAtMs !== undefined)) throw unknownKey();
    const bounds = boundNewKey(body, caller, maker, nowMs);
    const key: ApiKey = {
      ...bounds,
      keyId: newId('key', nowMs),
      accountId: caller.accountId,
      userId: caller.userId,
      name: body.name,
      revokedAtMs: undefined,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    };
    const text = keyText(key.keyId, randomBytes(32));
    const secretSha256 = createHash('sha256').update(text).digest('hex');
    const made = await keys.create({ key, makerKeyId: caller.keyId, secretSha256, idempotency, nowMs });
    switch (made.outcome) {
      case 'created':
        return answer(key, text);
      case 'replay':
        return repeat(keys, caller.accountId, made.keyId);
      case 'maker_revoked':
        throw unknownKey();
      case 'limit':
        throw new DomainError('conflict', 'key_limit_reached', `an account may have ${KEY_LIMIT} keys at most`);
      case 'claim_reused':
        throw new DomainError(
          'invalid',
          'idempotency_key_reused',
          "'idempotency-key' must be a new one: another request was made with it",
        );
    }
  };

const answer = (key: ApiKey, text: string | null): RouteAnswer<Route> => ({
  status: 201,
  body: { ...tellKey(key), key: text },
  headers: { location: `/v1/keys/${key.keyId}` },
});

/** The same key as the first time; its secret is known to nobody here. */
const repeat = async (keys: KeyStore, accountId: string, keyId: string): Promise<RouteAnswer<Route>> => {
  const key = await keys.find(accountId, keyId);
  if (!key) throw noKey(keyId);
  const told = answer(key, null);
  return { ...told, headers: { ...told.headers, 'idempotency-replayed': 'true' } };
};

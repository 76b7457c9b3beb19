// GET /v1/keys/{key} — one key of the account, revoked ones too.
import type { UseCase } from '../../shared/platform/route.ts';
import type { accountsRoutes } from '../contract.ts';
import type { KeyStore } from '../ports.ts';
import { noKey, tellKey } from './tell-key.ts';

export const getKey =
  (keys: KeyStore): UseCase<typeof accountsRoutes.getKey> =>
  async ({ caller, params }) => {
    const key = await keys.find(caller.accountId, params.key);
    if (!key) throw noKey(params.key);
    return { status: 200, body: tellKey(key) };
  };

// DELETE /v1/keys/{key} — the key stops counting; a repeat answers the same.
import type { UseCase } from '../../shared/platform/route.ts';
import type { accountsRoutes } from '../contract.ts';
import type { KeyStore } from '../ports.ts';
import { noKey } from './tell-key.ts';

export const revokeKey =
  (keys: KeyStore): UseCase<typeof accountsRoutes.revokeKey> =>
  async ({ caller, params, nowMs }) => {
    if (!(await keys.revoke({ accountId: caller.accountId, keyId: params.key, nowMs }))) throw noKey(params.key);
    return { status: 204 };
  };

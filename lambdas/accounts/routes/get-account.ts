// GET /v1/account — the account acted for, and the person in it.
import type { UseCase } from '../../shared/platform/route.ts';
import type { accountsRoutes } from '../contract.ts';
import type { AccountStore } from '../ports.ts';
import { accountEtag, readMember, tellAccount } from './tell-account.ts';

export const getAccount =
  (accounts: AccountStore): UseCase<typeof accountsRoutes.getAccount> =>
  async ({ caller }) => {
    const found = await readMember(accounts, caller);
    return { status: 200, body: tellAccount(found, caller), headers: { etag: accountEtag(found, caller) } };
  };

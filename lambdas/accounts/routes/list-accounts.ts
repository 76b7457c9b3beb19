// GET /v1/accounts — the accounts a person belongs to; for a key, its own.
import { toTimestamp } from '../../shared/kernel/clock.ts';
import type { MemberRole } from '../../shared/platform/caller.ts';
import { decodeCursor, encodeCursor } from '../../shared/platform/cursor.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { accountsRoutes } from '../contract.ts';
import type { Account, AccountStore } from '../ports.ts';
import { afterId } from './after-id.ts';
import { readMember } from './tell-account.ts';

export const listAccounts =
  (accounts: AccountStore): UseCase<typeof accountsRoutes.listAccounts> =>
  async ({ caller, query }) => {
    const filters = { list: 'accounts', userId: caller.userId };
    const after = afterId('acc', decodeCursor(query.cursor, filters));
    if (caller.via === 'key') {
      const { member } = await readMember(accounts, caller);
      return { status: 200, body: { items: after === undefined ? [tell(member)] : [], next: null } };
    }
    const { items, last } = await accounts.listAccounts({ userId: caller.userId, limit: query.limit, after });
    const next = encodeCursor(last === undefined ? undefined : { after: last }, filters);
    return { status: 200, body: { items: items.map(tell), next } };
  };

const tell = ({ account, role }: { account: Account; role: MemberRole }) => ({
  id: account.accountId,
  handle: account.handle ?? null,
  kind: account.kind,
  role,
  createdAt: toTimestamp(account.createdAtMs),
  updatedAt: toTimestamp(account.updatedAtMs),
});

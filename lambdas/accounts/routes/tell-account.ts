// An account as the API tells it, and the ETag that names the revisions it was told from.
import { CURRENCY } from '../../governance/contract.ts';
import { toTimestamp } from '../../shared/kernel/clock.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import type { Caller } from '../../shared/platform/caller.ts';
import type { AccountStore, Member } from '../ports.ts';

export type KnownMember = Member & { readonly member: NonNullable<Member['member']> };

/** The caller in the account it acts for, read anew. @throws DomainError account_not_found */
export const readMember = async (accounts: AccountStore, caller: Caller): Promise<KnownMember> => {
  const found = await accounts.findMember(caller.userId, caller.accountId);
  if (found?.member) return { user: found.user, member: found.member };
  throw new DomainError('not_found', 'account_not_found', `no account ${caller.accountId} that you belong to`);
};

/** Keys are handed to programs and to others; only one that runs the account tells its maker's address. */
const seesEmail = ({ scopes }: Caller) => scopes === undefined || scopes.includes('admin');

/** Names all that the answer tells: both revisions, the role, what the token says, and whether the address is there. */
export const accountEtag = ({ user, member }: KnownMember, caller: Caller): string => {
  const told: (string | number)[] = [member.account.revision, user.revision, member.role];
  if (caller.operator) told.push('operator');
  if (!seesEmail(caller)) told.push('no-email');
  return `"${told.join('.')}"`;
};

export const tellAccount = ({ user, member: { account, role } }: KnownMember, caller: Caller) => ({
  id: account.accountId,
  handle: account.handle ?? null,
  plan: account.plan,
  currency: CURRENCY,
  user: {
    id: user.userId,
    email: seesEmail(caller) ? user.email : null,
    displayName: user.displayName ?? null,
    locale: user.locale,
    role,
    operator: caller.operator,
  },
  createdAt: toTimestamp(account.createdAtMs),
  updatedAt: toTimestamp(Math.max(account.updatedAtMs, user.updatedAtMs)),
});

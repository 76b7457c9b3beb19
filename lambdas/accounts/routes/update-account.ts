// PATCH /v1/account — the handle, once; the person's display name and locale, any time. All of a patch, or nothing.
import { DomainError } from '../../shared/kernel/errors.ts';
import type { RouteRequest, UseCase } from '../../shared/platform/route.ts';
import type { accountsRoutes } from '../contract.ts';
import { authorize } from '../domain/authorize.ts';
import { isReservedHandle } from '../domain/reserved-handles.ts';
import type { AccountPatch, AccountStore } from '../ports.ts';
import { accountEtag, type KnownMember, readMember, tellAccount } from './tell-account.ts';

type Route = typeof accountsRoutes.updateAccount;

export const updateAccount =
  (accounts: AccountStore): UseCase<Route> =>
  async ({ caller, body, headers, nowMs }) => {
    const found = await readMember(accounts, caller);
    const ifMatch = headers['if-match'];
    if (ifMatch !== undefined && !namesTag(ifMatch, accountEtag(found, caller))) throw changedMeanwhile();
    const patch = toPatch(body, found);
    if (patch.handle !== undefined) authorize(caller, 'account:write');
    if (Object.keys(patch).length > 0) {
      const { accountId } = caller;
      const { user, member } = found;
      const expected = ifMatch === undefined ? undefined : { account: member.account.revision, user: user.revision };
      const outcome = await accounts.update({ userId: user.userId, accountId, patch, expected, nowMs });
      if (outcome === 'changed_meanwhile') throw changedMeanwhile();
      if (outcome === 'handle_taken') throw handleTaken(patch.handle, 'is taken');
      if (outcome === 'handle_already_set') throw handleSet((await readMember(accounts, caller)).member.account.handle);
    }
    const now = await readMember(accounts, caller);
    return { status: 200, body: tellAccount(now, caller), headers: { etag: accountEtag(now, caller) } };
  };

/** What of the body is a change. @throws DomainError when the handle cannot be set to this */
const toPatch = (body: RouteRequest<Route>['body'], { member }: KnownMember): AccountPatch => {
  const { handle, displayName, locale } = body;
  const current = member.account.handle;
  if (handle !== undefined && current !== undefined && current !== handle) throw handleSet(current);
  const newHandle = handle === current ? undefined : handle;
  if (newHandle !== undefined && isReservedHandle(newHandle)) throw handleTaken(newHandle, 'is reserved');
  return {
    ...(newHandle === undefined ? {} : { handle: newHandle }),
    ...(displayName === undefined ? {} : { displayName }),
    ...(locale === undefined ? {} : { locale }),
  };
};

const namesTag = (ifMatch: string, etag: string) =>
  ifMatch.trim() === '*' || ifMatch.split(',').some((tag) => tag.trim() === etag);

const changedMeanwhile = () =>
  new DomainError('precondition_failed', 'precondition_failed', "'if-match' must be the account's present ETag");

const handleTaken = (handle: string | undefined, why: string) =>
  new DomainError('conflict', 'handle_taken', `'handle' must be one that nobody has: '${handle}' ${why}`);

const handleSet = (current: string | undefined) =>
  new DomainError('conflict', 'handle_already_set', `'handle' is '${current}' and stays so`);

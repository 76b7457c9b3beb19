/** Who is let in to a model: requests, the publisher's decisions, and shares. */
import { viewerOf } from '../../accounts/gateway.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import { modelNamePattern } from '../../shared/kernel/ids.ts';
import type { Caller } from '../../shared/platform/caller.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import {
  type AccessDecision,
  acceptTerms,
  decideGrant,
  declineGrant,
  hasAccepted,
  nextAccess,
  requestGrant,
  shareGrant,
  termsNotAccepted,
} from '../domain/access.ts';
import { cancelSubscription, isRunning } from '../domain/subscription.ts';
import { isOwner, maySeeModel } from '../domain/visibility.ts';
import type { Access, AccessStore } from '../ports/access.ts';
import type { Model } from '../ports.ts';
import { findRequest, isShare } from './access-requests.ts';
import { requireLive } from './change-life.ts';
import { findAnyModel, findOwn, findVisible, type OwnModels, type VisibleModels } from './find-model.ts';
import { retryChanged } from './retry-changed.ts';
import { type Granted, isGranted, tellAccess, tellShare } from './tell-access.ts';

export interface AccessPorts extends OwnModels {
  readonly access: Pick<AccessStore, 'find' | 'write'>;
  /** By id or handle. @returns undefined when there is none */
  readonly findAccount: (
    named: string,
  ) => Promise<{ readonly accountId: string; readonly handle: string | undefined } | undefined>;
}

/** POST /v1/models/{model}/access-requests */
export const requestAccess =
  ({ models, requireModel, access }: AccessPorts): UseCase<typeof registryRoutes.requestAccess> =>
  async ({ caller, params, body, nowMs }) => {
    const known = await knownOf(access, caller, params.model);
    const model = await findAskable(models, caller, params.model, known);
    requireModel(caller, model.name);
    requireLive(model);
    checkNeed(model, caller, known);
    const by = { userId: caller.userId, nowMs };
    const asked = await retryChanged(async () => {
      const before = await access.find(model.name, caller.accountId);
      const grant = requestGrant(before?.grant, { reason: body.reason, by });
      const acceptance = acceptTerms(model, before, { version: body.acceptTerms, by }) ?? before?.acceptance;
      const next = nextAccess(before, holderOf(model, caller), { grant, acceptance }, nowMs);
      if (!hasAccepted(model, next)) throw termsNotAccepted(model);
      const news = { type: 'AccessRequested.v1' as const, data: { reason: body.reason } };
      return (await access.write({ access: next, owner: model.ownerAccountId, news, nowMs })) ? next : undefined;
    });
    if (!isGranted(asked)) throw new Error('a request was written without a grant');
    const location = `/v1/models/${model.name}/access-requests/${caller.accountId}`;
    return { status: 201, body: tellAccess(asked), headers: { location } };
  };

export const holderOf = (model: Model, { accountId, handle }: Pick<Caller, 'accountId' | 'handle'>) => ({
  model: model.name,
  accountId,
  handle,
});

/** What is kept of the caller's account and the model; undefined also for a key that is bound to others. */
const knownOf = async (access: Pick<AccessStore, 'find'>, caller: Caller, model: string) => {
  const viewer = modelNamePattern.test(model) ? viewerOf(caller, model) : undefined;
  return viewer === undefined ? undefined : access.find(model, viewer);
};

/** One that the caller sees, or saw before it declined it. @throws DomainError model_not_found */
const findAskable = async (models: VisibleModels, caller: Caller, name: string, known: Access | undefined) => {
  if (known?.grant?.state !== 'declined') return findVisible(models, caller, name);
  const asLetIn = { ...known, grant: { ...known.grant, state: 'approved' } } as const;
  const model = await findAnyModel(models, name);
  return maySeeModel(model, caller.accountId, asLetIn) ? model : findVisible(models, caller, name);
};

/** @throws DomainError access_not_needed */
const checkNeed = (model: Model, caller: Caller, known: Access | undefined) => {
  const own = isOwner(model, viewerOf(caller, model.name));
  const declined = model.visibility === 'private' && known?.grant?.state === 'declined';
  if (!own && (model.visibility === 'gated' || declined)) return;
  const why = own ? 'it is your own' : model.visibility === 'public' ? 'it is public' : 'it is shared with you';
  throw new DomainError('conflict', 'access_not_needed', `'${model.name}' need not be asked for: ${why}`);
};

const decidedEvents = {
  approve: 'AccessApproved.v1',
  reject: 'AccessRejected.v1',
  revoke: 'AccessRevoked.v1',
} as const satisfies Record<AccessDecision, string>;

interface Decided {
  readonly caller: Caller;
  readonly params: { readonly model: string; readonly account: string };
  readonly body: { readonly message?: string | undefined } | undefined;
  readonly nowMs: number;
}

const decide =
  (ports: AccessPorts, decision: AccessDecision) =>
  async ({ caller, params, body, nowMs }: Decided) => {
    const model = await findOwn(ports, caller, params.model);
    const by = { userId: caller.userId, nowMs };
    const decided = await retryChanged(async () => {
      const before = await findRequest(ports.access, model.name, params.account);
      const grant = decideGrant(before.grant, decision, { message: body?.message, by });
      if (!grant) return before;
      return change(ports, model, before, { ...before, grant, type: decidedEvents[decision], nowMs });
    });
    return { status: 200 as const, body: tellAccess(decided) };
  };

const change = async (
  { access }: AccessPorts,
  model: Model,
  before: Granted | undefined,
  {
    grant,
    type,
    nowMs,
    ...holder
  }: Pick<Granted, 'accountId' | 'handle' | 'grant'> & { type: `${string}.v1`; nowMs: number },
): Promise<Granted | undefined> => {
  const next: Granted = {
    ...nextAccess(before, { model: model.name, accountId: holder.accountId, handle: holder.handle }, {}, nowMs),
    grant,
    ...(grant.state === 'revoked' ? endingSubscription(before, nowMs) : {}),
  };
  const news = { type, data: grant.message === undefined ? {} : { message: grant.message } };
  return (await access.write({ access: next, owner: model.ownerAccountId, news, nowMs })) ? next : undefined;
};

/** Who is let in no more keeps what runs until its period ends. */
const endingSubscription = (before: Access | undefined, nowMs: number): Pick<Access, 'subscription'> => {
  const { subscription } = before ?? {};
  if (!isRunning(subscription, nowMs)) return {};
  return { subscription: cancelSubscription(subscription, { now: false, nowMs }) ?? subscription };
};

/** POST /v1/models/{model}/access-requests/{account}/approve */
export const approveAccess = (ports: AccessPorts): UseCase<typeof registryRoutes.approveAccess> =>
  decide(ports, 'approve');

/** POST …/reject */
export const rejectAccess = (ports: AccessPorts): UseCase<typeof registryRoutes.rejectAccess> =>
  decide(ports, 'reject');

/** POST …/revoke */
export const revokeAccess = (ports: AccessPorts): UseCase<typeof registryRoutes.revokeAccess> =>
  decide(ports, 'revoke');

/** DELETE /v1/access-requests/{model} */
export const declineAccess =
  ({ models, access }: AccessPorts): UseCase<typeof registryRoutes.declineAccess> =>
  async ({ caller, params, nowMs }) => {
    const { model: name } = params;
    await retryChanged(async () => {
      const found = await knownOf(access, caller, name);
      const before = isGranted(found) ? found : await findRequest(access, name, undefined);
      const grant = declineGrant(before.grant, { userId: caller.userId, nowMs });
      if (!grant) return before;
      const { ownerAccountId: owner } = await findAnyModel(models, name);
      const next = nextAccess(
        before,
        { model: name, accountId: caller.accountId, handle: caller.handle },
        { grant },
        nowMs,
      );
      return (await access.write({ access: next, owner, news: { type: 'AccessDeclined.v1' }, nowMs }))
        ? next
        : undefined;
    });
    return { status: 204 };
  };

/** PUT /v1/models/{model}/shares/{grantee} */
export const shareModel =
  (ports: AccessPorts): UseCase<typeof registryRoutes.shareModel> =>
  async ({ caller, params, nowMs }) => {
    const model = await findOwn(ports, caller, params.model);
    const account = await granteeOf(ports, params.grantee);
    if (account.accountId === model.ownerAccountId) {
      throw new DomainError('conflict', 'access_not_needed', "'params/grantee' must be another account than the owner");
    }
    const shared = await retryChanged(async () => {
      const before = await ports.access.find(model.name, account.accountId);
      const grant = shareGrant(before?.grant, { userId: caller.userId, nowMs });
      if (!grant) return before;
      const next = nextAccess(before, { model: model.name, ...account }, { grant }, nowMs);
      const news = { type: 'ModelShared.v1' as const };
      return (await ports.access.write({ access: next, owner: model.ownerAccountId, news, nowMs })) ? next : undefined;
    });
    return { status: 200, body: tellShare(shared) };
  };

/** DELETE /v1/models/{model}/shares/{grantee} */
export const unshareModel =
  (ports: AccessPorts): UseCase<typeof registryRoutes.unshareModel> =>
  async ({ caller, params, nowMs }) => {
    const model = await findOwn(ports, caller, params.model);
    const { accountId } = await granteeOf(ports, params.grantee);
    const by = { userId: caller.userId, nowMs };
    await retryChanged(async () => {
      const before = await ports.access.find(model.name, accountId);
      if (!isShare(before)) {
        throw new DomainError('not_found', 'share_not_found', `'${model.name}' is not shared with '${params.grantee}'`);
      }
      const grant = decideGrant(before.grant, 'revoke', { message: undefined, by }) ?? before.grant;
      return change(ports, model, before, { ...before, grant, type: 'AccessRevoked.v1', nowMs });
    });
    return { status: 204 };
  };

/** @throws DomainError account_not_found */
const granteeOf = async ({ findAccount }: AccessPorts, named: string) => {
  const account = await findAccount(named);
  if (account) return { accountId: account.accountId, handle: account.handle };
  throw new DomainError(
    'not_found',
    'account_not_found',
    `'params/grantee' must be the id or handle of an account, got '${named}'`,
  );
};

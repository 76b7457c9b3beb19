/** Requests for access as both sides read them: all of a model to its publisher, its own to an account. */
import { viewerOf } from '../../accounts/gateway.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import { modelNamePattern } from '../../shared/kernel/ids.ts';
import { decodeCursor, encodeCursor } from '../../shared/platform/cursor.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { pageOf } from '../domain/page-of.ts';
import { isOwner } from '../domain/visibility.ts';
import type { Access, AccessStore } from '../ports/access.ts';
import { findOwn, findVisible, type OwnModels } from './find-model.ts';
import { type Granted, isGranted, tellAccess, tellShare } from './tell-access.ts';

export interface AccessReads extends OwnModels {
  readonly access: Pick<AccessStore, 'find' | 'ofModel' | 'ofAccount'>;
}

/** Items looked at for one page. */
const LOOK_LIMIT = 1_000;

/** GET /v1/models/{model}/access-requests */
export const listAccessRequests =
  ({ models, access }: AccessReads): UseCase<typeof registryRoutes.listAccessRequests> =>
  async ({ caller, params, query: { limit, cursor, state } }) => {
    const model = await findVisible(models, caller, params.model);
    const viewer = viewerOf(caller, model.name);
    const own = isOwner(model, viewer);
    const filters = { list: 'access', model: model.name, state, own };
    const after = afterKey(decodeCursor(cursor, filters), (key) => key.startsWith('acc_'));
    if (!own) {
      const found = viewer === undefined ? undefined : await access.find(model.name, viewer);
      const mine = isGranted(found) && (state === undefined || found.grant.state === state) ? [found] : [];
      return { status: 200, body: { items: mine.map(tellAccess), next: null } };
    }
    const page = await pageOf(access.ofModel(model.name, after), {
      limit,
      lookLimit: LOOK_LIMIT,
      matches: inState(state),
    });
    const next = encodeCursor(page.last && { after: page.last.accountId }, filters);
    return { status: 200, body: { items: page.items.filter(isGranted).map(tellAccess), next } };
  };

/** GET /v1/models/{model}/access-requests/{account} */
export const getAccessRequest =
  ({ models, access }: AccessReads): UseCase<typeof registryRoutes.getAccessRequest> =>
  async ({ caller, params }) => {
    const model = await findVisible(models, caller, params.model);
    const viewer = viewerOf(caller, model.name);
    const may = isOwner(model, viewer) || viewer === params.account;
    return { status: 200, body: tellAccess(await findRequest(access, model.name, may ? params.account : undefined)) };
  };

/** GET /v1/access-requests */
export const listMyAccess =
  ({ access }: Pick<AccessReads, 'access'>): UseCase<typeof registryRoutes.listMyAccess> =>
  async ({ caller, query: { limit, cursor, state } }) => {
    const filters = { list: 'my-access', state };
    const after = afterKey(decodeCursor(cursor, filters), (key) => modelNamePattern.test(key));
    const matches = inState(state);
    const page = await pageOf(access.ofAccount(caller.accountId, after), {
      limit,
      lookLimit: LOOK_LIMIT,
      // A key that is bound to models sees nothing of others.
      matches: (item) => matches(item) && viewerOf(caller, item.model) !== undefined,
    });
    const next = encodeCursor(page.last && { after: page.last.model }, filters);
    return { status: 200, body: { items: page.items.filter(isGranted).map(tellAccess), next } };
  };

/** GET /v1/models/{model}/shares */
export const listShares =
  (ports: AccessReads): UseCase<typeof registryRoutes.listShares> =>
  async ({ caller, params, query: { limit, cursor } }) => {
    const model = await findOwn(ports, caller, params.model);
    const filters = { list: 'shares', model: model.name };
    const after = afterKey(decodeCursor(cursor, filters), (key) => key.startsWith('acc_'));
    const page = await pageOf(ports.access.ofModel(model.name, after), {
      limit,
      lookLimit: LOOK_LIMIT,
      matches: isShare,
    });
    const next = encodeCursor(page.last && { after: page.last.accountId }, filters);
    return { status: 200, body: { items: page.items.map(tellShare), next } };
  };

export const isShare = (access: Access | undefined): access is Granted =>
  isGranted(access) && access.grant.via === 'share' && access.grant.state === 'approved';

/** @param account - undefined: one that the caller may not know of @throws DomainError access_request_not_found */
export const findRequest = async (
  access: Pick<AccessStore, 'find'>,
  model: string,
  account: string | undefined,
): Promise<Granted> => {
  const found = account === undefined ? undefined : await access.find(model, account);
  if (isGranted(found)) return found;
  throw new DomainError('not_found', 'access_request_not_found', `no such request for access to '${model}'`);
};

const inState =
  (state: string | undefined) =>
  (access: Access): boolean =>
    isGranted(access) && (state === undefined || access.grant.state === state);

/** A cursor is not signed, so what is in it is looked at like any other input. @throws DomainError invalid_cursor */
const afterKey = (
  content: Readonly<Record<string, string | number>> | undefined,
  isKey: (text: string) => boolean,
): string | undefined => {
  if (content === undefined) return undefined;
  if (typeof content.after === 'string' && isKey(content.after)) return content.after;
  throw new DomainError('invalid', 'invalid_cursor', "'query/cursor' must be the 'next' of a page of the same list");
};

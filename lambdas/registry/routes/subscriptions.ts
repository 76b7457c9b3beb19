/** Subscriptions of the caller's account. */
import { viewerOf } from '../../accounts/gateway.ts';
import type { ReadQuota } from '../../billing/contract.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import { isId } from '../../shared/kernel/ids.ts';
import type { Caller } from '../../shared/platform/caller.ts';
import { decodeCursor, encodeCursor } from '../../shared/platform/cursor.ts';
import { newId } from '../../shared/platform/new-id.ts';
import type { RouteAnswer, UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { nextAccess } from '../domain/access.ts';
import { checkAdmission } from '../domain/entitlement.ts';
import { newestVersion } from '../domain/offer.ts';
import { pageOf } from '../domain/page-of.ts';
import { cancelSubscription as cancel, hasEnded, isRunning, periodOf, stateOf } from '../domain/subscription.ts';
import { isOwner } from '../domain/visibility.ts';
import type { Access, AccessNews, AccessStore, Subscription } from '../ports/access.ts';
import type { Offer, OfferStore } from '../ports/subscriptions.ts';
import type { Model } from '../ports.ts';
import { requireLive } from './change-life.ts';
import { holderOf } from './decide-access.ts';
import { endNews } from './end-news.ts';
import { findVisible, type OwnModels } from './find-model.ts';
import { keyReused } from './key-reused.ts';
import { findOffer, offerClosed } from './offers.ts';
import { retryChanged } from './retry-changed.ts';
import { tellSubscription } from './tell-offer.ts';

export interface SubscriptionPorts extends OwnModels {
  readonly access: Pick<AccessStore, 'find' | 'write' | 'subscribe' | 'subscribed' | 'subscription' | 'subscriptions'>;
  readonly offers: Pick<OfferStore, 'find'>;
  readonly readQuota: ReadQuota;
}

type Route = typeof registryRoutes.subscribe;

const DAY_MS = 86_400_000;
const LOOK_LIMIT = 1_000;

/** POST /v1/subscriptions */
export const subscribe =
  ({ models, requireModel, access, offers }: SubscriptionPorts): UseCase<Route> =>
  async ({ caller, body, idempotency, nowMs }) =>
    retryChanged(async (): Promise<RouteAnswer<Route> | undefined> => {
      // Read first: where the key has made the one that runs here, the key is found.
      const before = await access.find(body.model, caller.accountId);
      const earlier = idempotency && (await access.subscribed(caller.accountId, idempotency, nowMs));
      if (earlier === 'claim_reused') throw keyReused();
      // What it made is told again whatever has become of it, its offer and its model since.
      if (earlier) {
        requireModel(caller, earlier.model);
        const taken = await findOffer(offers, earlier.model, earlier.offerId);
        return answer(earlier, taken, nowMs, { 'idempotency-replayed': 'true' });
      }
      const model = await findVisible(models, caller, body.model);
      requireModel(caller, model.name);
      if (isOwner(model, caller.accountId)) {
        throw new DomainError('conflict', 'subscription_not_needed', `'${model.name}' is your own: call it`);
      }
      requireLive(model);
      const offer = await findOffer(offers, model.name, body.offerId);
      if (isRunning(before?.subscription, nowMs)) throw alreadySubscribed(model);
      checkMay(model, offer, before, caller);
      const subscription = newSubscription(offer, caller, nowMs);
      const trialAtMs = offer.kind === 'trial' ? nowMs : before?.trialAtMs;
      const next = nextAccess(before, holderOf(model, caller), { subscription, trialAtMs }, nowMs);
      const news = startedNews(subscription, offer, nowMs);
      const isMade = await access.subscribe({ access: next, model, offer, news, idempotency, nowMs });
      return isMade ? answer(subscription, offer, nowMs) : undefined;
    });

const answer = (
  made: Subscription,
  offer: Offer,
  nowMs: number,
  headers: Record<string, string> = {},
): RouteAnswer<Route> => ({
  status: 201,
  body: tellSubscription(made, offer, nowMs),
  headers: { location: `/v1/subscriptions/${made.subscriptionId}`, ...headers },
});

/** @throws DomainError access_required …, terms_not_accepted, offer_closed, trial_used, model_not_ready */
const checkMay = (model: Model, offer: Offer, before: Access | undefined, { accountId }: Caller) => {
  checkAdmission(model, accountId, before);
  if (model.latestVersion === undefined) {
    throw new DomainError('conflict', 'model_not_ready', `'${model.name}' has no published version yet`);
  }
  if (offer.state === 'closed') throw offerClosed(offer.offerId);
  if (offer.kind === 'trial' && before?.trialAtMs !== undefined) {
    const when = new Date(before.trialAtMs).toISOString();
    throw new DomainError(
      'conflict',
      'trial_used',
      `a trial of '${model.name}' is had once; the account began one at ${when}`,
    );
  }
};

const alreadySubscribed = ({ name }: Model) =>
  new DomainError(
    'conflict',
    'already_subscribed',
    `the account has a subscription to '${name}' that runs: cancel it, and take another once it has ended`,
    { links: [{ rel: 'subscriptions', method: 'GET', href: '/v1/subscriptions' }] },
  );

const newSubscription = (offer: Offer, { accountId, userId }: Caller, nowMs: number): Subscription => {
  const { version, days } = newestVersion(offer);
  return {
    subscriptionId: newId('sub', nowMs),
    accountId,
    model: offer.model,
    offerId: offer.offerId,
    kind: offer.kind,
    offerVersion: version,
    startedBy: userId,
    startedAtMs: nowMs,
    trialEndsAtMs: days === undefined ? undefined : nowMs + days * DAY_MS,
    updatedAtMs: nowMs,
  };
};

/** What billing is to charge by, too. The publisher reads of it as a number alone. */
export const startedNews = (subscription: Subscription, offer: Offer, nowMs: number): AccessNews => {
  const { subscriptionId, offerId, offerVersion, kind } = subscription;
  const { startMs, endMs } = periodOf(subscription, nowMs);
  const { feeMicros } = newestVersion(offer);
  const period = { start: new Date(startMs).toISOString(), end: new Date(endMs).toISOString() };
  return {
    type: 'SubscriptionStarted.v1',
    only: 'consumer',
    data: { subscriptionId, offerId, offerVersion, kind, feeMicros, period },
  };
};

/** GET /v1/subscriptions */
export const listSubscriptions =
  ({ access, offers }: SubscriptionPorts): UseCase<typeof registryRoutes.listSubscriptions> =>
  async ({ caller, query: { limit, cursor, state }, nowMs }) => {
    const filters = { list: 'subscriptions', state };
    const before = beforeId(decodeCursor(cursor, filters));
    const page = await pageOf(access.subscriptions(caller.accountId, before), {
      limit,
      lookLimit: LOOK_LIMIT,
      matches: (one) =>
        // A key that is bound to models sees nothing of others.
        viewerOf(caller, one.model) !== undefined && (state === undefined || stateOf(one, nowMs) === state),
    });
    const items = await Promise.all(
      page.items.map(async (one) => tellSubscription(one, await findOffer(offers, one.model, one.offerId), nowMs)),
    );
    const next = encodeCursor(page.last && { before: page.last.subscriptionId }, filters);
    return { status: 200, body: { items, next } };
  };

/** GET /v1/subscriptions/{subscription} */
export const getSubscription =
  ({ access, offers, readQuota }: SubscriptionPorts): UseCase<typeof registryRoutes.getSubscription> =>
  async ({ caller, params, nowMs }) => {
    const found = await findSubscription(access, caller, params.subscription);
    const told = tellSubscription(found, await findOffer(offers, found.model, found.offerId), nowMs);
    const { includedCalls } = told.terms;
    if (includedCalls === null) return { status: 200, body: { ...told, usage: null } };
    const { subscriptionId } = found;
    const calls = await readQuota(caller.accountId, { subscriptionId, periodStartMs: periodOf(found, nowMs).startMs });
    return { status: 200, body: { ...told, usage: { calls, includedCalls, remainingCalls: includedCalls - calls } } };
  };

/** POST /v1/subscriptions/{subscription}/cancel */
export const cancelSubscription =
  ({ access, offers }: SubscriptionPorts): UseCase<typeof registryRoutes.cancelSubscription> =>
  async ({ caller, params, body, nowMs }) => {
    const now = body?.now ?? false;
    const cancelled = await retryChanged(async () => {
      const found = await findSubscription(access, caller, params.subscription);
      const before = await access.find(found.model, caller.accountId);
      // Another is taken only once the one before has ended.
      if (before?.subscription?.subscriptionId !== found.subscriptionId) throw hasEnded();
      // What was found only led here: the access alone is written over what was read.
      const subscription = cancel(before.subscription, { now, nowMs });
      if (!subscription) return before.subscription;
      const holder = { model: before.model, accountId: before.accountId, handle: caller.handle };
      const next = nextAccess(before, holder, { subscription }, nowMs);
      const news = endNews(subscription, nowMs);
      return (await access.write({ access: next, news, nowMs })) ? subscription : undefined;
    });
    const offer = await findOffer(offers, cancelled.model, cancelled.offerId);
    return { status: 200, body: tellSubscription(cancelled, offer, nowMs) };
  };

/** @throws DomainError subscription_not_found */
const findSubscription = async (
  access: Pick<AccessStore, 'subscription'>,
  caller: Caller,
  id: string,
): Promise<Subscription> => {
  const found = isId('sub', id) ? await access.subscription(caller.accountId, id) : undefined;
  if (found && viewerOf(caller, found.model) !== undefined) return found;
  throw new DomainError('not_found', 'subscription_not_found', `no subscription '${id}'`);
};

/** A cursor is not signed, so what is in it is looked at like any other input. @throws DomainError invalid_cursor */
const beforeId = (content: Readonly<Record<string, string | number>> | undefined): string | undefined => {
  if (content === undefined) return undefined;
  if (typeof content.before === 'string' && isId('sub', content.before)) return content.before;
  throw new DomainError('invalid', 'invalid_cursor', "'query/cursor' must be the 'next' of a page of the same list");
};

// Access and terms in memory, with the table's refusal of a write over another revision.
import { dueOfSubscription } from '../../../lambdas/registry/domain/due-of.ts';
import type { Access, AccessStore, Subscription } from '../../../lambdas/registry/ports/access.ts';
import type { DueItem } from '../../../lambdas/registry/ports/life.ts';
import type { Offer, OfferStore } from '../../../lambdas/registry/ports/subscriptions.ts';
import type { Terms, TermsStore } from '../../../lambdas/registry/ports/terms.ts';
import type { Model, ModelStore } from '../../../lambdas/registry/ports.ts';

/** What a new subscription holds on to. */
export interface Present {
  model(name: string): Promise<Model | undefined>;
  offer(model: string, offerId: string): Promise<Offer | undefined>;
}

/**
 * @param events - where what is told goes: `type model account`
 * @param due - ends of subscriptions that are to be told, by subscription
 */
export const memoryAccess = (
  present: Present,
  events: string[] = [],
  due = new Map<string, DueItem>(),
): AccessStore => {
  const all = new Map<string, Access>();
  const subscribed = new Map<string, Subscription>();
  const claims = new Map<string, { sha256: string; made: string }>();
  const idOf = (model: string, accountId: string) => `${model} ${accountId}`;
  async function* sorted(matches: (access: Access) => boolean, key: (access: Access) => string) {
    yield* [...all.values()].filter(matches).sort((a, b) => (key(a) < key(b) ? -1 : 1));
  }
  const subscriptions = (accountId: string) =>
    [...subscribed.values()]
      .filter((one) => one.accountId === accountId)
      .sort((a, b) => (a.subscriptionId < b.subscriptionId ? 1 : -1));
  const write: AccessStore['write'] = async ({ access, news }) => {
    const id = idOf(access.model, access.accountId);
    if ((all.get(id)?.revision ?? 0) !== access.revision - 1) return false;
    const { subscription } = access;
    const was = all.get(id)?.subscription;
    const [wasDue, isDue] = [
      was?.subscriptionId === subscription?.subscriptionId ? dueOfSubscription(was) : undefined,
      dueOfSubscription(subscription),
    ];
    if (wasDue?.atMs !== isDue?.atMs) {
      // Its end was told already: the table's transaction is refused.
      if (wasDue && !due.delete(was?.subscriptionId ?? '')) return false;
      if (isDue) due.set(subscription?.subscriptionId ?? '', isDue);
    }
    all.set(id, access);
    if (subscription) subscribed.set(subscription.subscriptionId, subscription);
    if (news) events.push(`${news.type} ${id}`);
    return true;
  };
  return {
    find: async (model, accountId) => all.get(idOf(model, accountId)),
    ofModel: (model, after) =>
      sorted(
        (one) => one.model === model && one.accountId > (after ?? ''),
        (one) => one.accountId,
      ),
    ofAccount: (accountId, after) =>
      sorted(
        (one) => one.accountId === accountId && one.model > (after ?? ''),
        (one) => one.model,
      ),
    write,
    subscribe: async ({ model, offer, idempotency, ...change }) => {
      const key = `${change.access.accountId} ${idempotency?.key}`;
      const { subscriptionId: made = '' } = change.access.subscription ?? {};
      const isAsRead =
        (await present.model(model.name))?.revision === model.revision &&
        (await present.offer(model.name, offer.offerId))?.revision === offer.revision;
      if (!isAsRead || (idempotency && claims.has(key)) || !(await write(change))) return false;
      if (idempotency) claims.set(key, { sha256: idempotency.requestSha256, made });
      return true;
    },
    subscribed: async (accountId, { key, requestSha256 }) => {
      const earlier = claims.get(`${accountId} ${key}`);
      return earlier && earlier.sha256 !== requestSha256 ? 'claim_reused' : subscribed.get(earlier?.made ?? '');
    },
    subscription: async (accountId, id) => subscriptions(accountId).find((one) => one.subscriptionId === id),
    async *subscriptions(accountId, before) {
      yield* subscriptions(accountId).filter((one) => before === undefined || one.subscriptionId < before);
    },
  };
};

export const memoryOffers = (models: Pick<ModelStore, 'change'>, events: string[] = []): OfferStore => {
  const all = new Map<string, Offer>();
  const claims = new Map<string, { sha256: string; offerId: string }>();
  return {
    find: async (model, id) => (all.get(id)?.model === model ? all.get(id) : undefined),
    list: async (model) => [...all.values()].filter((offer) => offer.model === model),
    create: async ({ offer, model, by: { owner, act }, idempotency }) => {
      const { offerId } = offer;
      const earlier = idempotency && claims.get(`${owner} ${idempotency.key}`);
      if (earlier) {
        const made = all.get(earlier.offerId);
        return made && earlier.sha256 === idempotency.requestSha256
          ? { outcome: 'replay', made }
          : { outcome: 'claim_reused' };
      }
      if (model && !(await models.change(model, { changed: ['hasOffers'], act })))
        return { outcome: 'changed_meanwhile' };
      if (idempotency) claims.set(`${owner} ${idempotency.key}`, { sha256: idempotency.requestSha256, offerId });
      all.set(offerId, offer);
      return { outcome: 'created' };
    },
    change: async (offer, type) => {
      if (all.get(offer.offerId)?.revision !== offer.revision - 1) return false;
      all.set(offer.offerId, offer);
      events.push(`${type} ${offer.model}`);
      return true;
    },
  };
};

export const memoryTerms = (models: Pick<ModelStore, 'change'>): TermsStore => {
  const all = new Map<string, Terms>();
  return {
    find: async (model, version) => all.get(`${model} ${version}`),
    set: async ({ terms, model, act }) => {
      const id = terms && `${terms.model} ${terms.version}`;
      if (id !== undefined && all.has(id)) return false;
      if (!(await models.change(model, { changed: ['terms'], act }))) return false;
      if (terms && id !== undefined) all.set(id, terms);
      return true;
    },
  };
};

/** Offers: made, changed and closed by the publisher, read by all who see the model. */
import { viewerOf } from '../../accounts/gateway.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import { newId } from '../../shared/platform/new-id.ts';
import type { RouteAnswer, UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { OFFER_LIMIT, OFFER_VERSION_LIMIT, offerVersion } from '../domain/offer.ts';
import { stateOf } from '../domain/subscription.ts';
import { isOwner } from '../domain/visibility.ts';
import type { AccessStore } from '../ports/access.ts';
import { actOf } from '../ports/life.ts';
import type { Offer, OfferStore } from '../ports/subscriptions.ts';
import { requireLive } from './change-life.ts';
import { findOwn, findVisible, type OwnModels } from './find-model.ts';
import { keyReused } from './key-reused.ts';
import { retryChanged } from './retry-changed.ts';
import { tellOffer } from './tell-offer.ts';

export interface OfferPorts extends OwnModels {
  readonly offers: OfferStore;
  readonly access: Pick<AccessStore, 'ofModel'>;
}

/** POST /v1/models/{model}/offers */
export const createOffer =
  (ports: OfferPorts): UseCase<typeof registryRoutes.createOffer> =>
  async ({ caller, params, body, idempotency, nowMs }) =>
    retryChanged(async (): Promise<RouteAnswer<typeof registryRoutes.createOffer> | undefined> => {
      const model = await findOwn(ports, caller, params.model);
      requireLive(model);
      const isFull = (await ports.offers.list(model.name)).length >= OFFER_LIMIT;
      if (isFull && !idempotency) throw tooMany(`${OFFER_LIMIT} offers`);
      const first = { version: 1, nowMs, noticeDays: 0 };
      const offer: Offer = {
        offerId: newId('off', nowMs),
        model: model.name,
        name: body.name,
        kind: body.kind,
        versions: [offerVersion(body, first)],
        state: 'open',
        revision: 1,
        createdAtMs: nowMs,
        updatedAtMs: nowMs,
      };
      // Where there may be no more, only a repeat under its key is of use: a model as it is already is refused.
      const marked = isFull
        ? model
        : model.hasOffers
          ? undefined
          : { ...model, hasOffers: true, revision: model.revision + 1, updatedAtMs: nowMs };
      const by = { owner: model.ownerAccountId, act: actOf(caller) };
      const made = await ports.offers.create({ offer, model: marked, by, idempotency });
      if (made.outcome === 'claim_reused') throw keyReused();
      if (made.outcome === 'replay') return created(made.made, { 'idempotency-replayed': 'true' });
      if (made.outcome === 'created') return created(offer, {});
      if (isFull) throw tooMany(`${OFFER_LIMIT} offers`);
      return undefined;
    });

const created = (offer: Offer, headers: Record<string, string>): RouteAnswer<typeof registryRoutes.createOffer> => ({
  status: 201,
  body: tellOffer(offer),
  headers: { location: `/v1/models/${offer.model}/offers/${offer.offerId}`, ...headers },
});

/** GET /v1/models/{model}/offers */
export const listOffers =
  ({ models, offers }: OfferPorts): UseCase<typeof registryRoutes.listOffers> =>
  async ({ caller, params }) => {
    const model = await findVisible(models, caller, params.model);
    const own = isOwner(model, viewerOf(caller, model.name));
    const all = await offers.list(model.name);
    return {
      status: 200,
      body: { items: all.filter(({ state }) => own || state === 'open').map(tellOffer), next: null },
    };
  };

/** GET /v1/models/{model}/offers/{offer} */
export const getOffer =
  ({ models, offers }: OfferPorts): UseCase<typeof registryRoutes.getOffer> =>
  async ({ caller, params }) => {
    const model = await findVisible(models, caller, params.model);
    return { status: 200, body: tellOffer(await findOffer(offers, model.name, params.offer)) };
  };

/** PATCH /v1/models/{model}/offers/{offer} */
export const closeOffer =
  (ports: OfferPorts): UseCase<typeof registryRoutes.closeOffer> =>
  async ({ caller, params, nowMs }) => {
    const model = await findOwn(ports, caller, params.model);
    requireLive(model);
    const closed = await retryChanged(async () => {
      const found = await findOffer(ports.offers, model.name, params.offer);
      if (found.state === 'closed') return found;
      const next: Offer = { ...found, state: 'closed', revision: found.revision + 1, updatedAtMs: nowMs };
      return (await ports.offers.change(next, 'OfferClosed.v1', { owner: model.ownerAccountId, act: actOf(caller) }))
        ? next
        : undefined;
    });
    return { status: 200, body: tellOffer(closed) };
  };

/** POST /v1/models/{model}/offers/{offer}/versions */
export const changeOffer =
  (ports: OfferPorts): UseCase<typeof registryRoutes.changeOffer> =>
  async ({ caller, params, body, nowMs }) => {
    const model = await findOwn(ports, caller, params.model);
    requireLive(model);
    const changed = await retryChanged(async () => {
      const found = await findOffer(ports.offers, model.name, params.offer);
      if (found.state === 'closed') throw offerClosed(found.offerId);
      if (found.kind !== body.kind) {
        throw new DomainError('conflict', 'offer_kind_fixed', `'kind' must stay '${found.kind}', got '${body.kind}'`);
      }
      if (found.versions.length >= OFFER_VERSION_LIMIT) throw tooMany(`${OFFER_VERSION_LIMIT} versions of an offer`);
      const version = found.versions.length + 1;
      const added = offerVersion(body, { version, nowMs, noticeDays: body.noticeDays });
      const versions = [...found.versions, added];
      const next: Offer = { ...found, versions, revision: found.revision + 1, updatedAtMs: nowMs };
      return (await ports.offers.change(next, 'OfferChanged.v1', { owner: model.ownerAccountId, act: actOf(caller) }))
        ? next
        : undefined;
    });
    return { status: 201, body: tellOffer(changed) };
  };

/** GET /v1/models/{model}/subscribers — walks over whoever has to do with the model: as long as it takes. */
export const countSubscribers =
  (ports: OfferPorts): UseCase<typeof registryRoutes.countSubscribers> =>
  async ({ caller, params, nowMs }) => {
    const model = await findOwn(ports, caller, params.model);
    const offers = await ports.offers.list(model.name);
    const counts = new Map(offers.map(({ offerId }) => [offerId, { trialing: 0, active: 0, canceling: 0 }]));
    for await (const { subscription } of ports.access.ofModel(model.name, undefined)) {
      const count = subscription && counts.get(subscription.offerId);
      const state = subscription && stateOf(subscription, nowMs);
      if (count && (state === 'trialing' || state === 'active' || state === 'canceling')) count[state]++;
    }
    const items = [...counts].map(([offerId, count]) => ({ offerId, ...count }));
    return { status: 200, body: { items, next: null } };
  };

/** @throws DomainError offer_not_found */
export const findOffer = async (offers: Pick<OfferStore, 'find'>, model: string, offerId: string): Promise<Offer> => {
  const found = await offers.find(model, offerId);
  if (found) return found;
  throw new DomainError('not_found', 'offer_not_found', `no offer '${offerId}' of '${model}'`);
};

export const offerClosed = (offerId: string) =>
  new DomainError(
    'conflict',
    'offer_closed',
    `the offer '${offerId}' is closed: those who have it keep it, nobody new may take it`,
  );

const tooMany = (what: string) =>
  new DomainError('conflict', 'offer_limit_reached', `there may be at most ${what}, closed and past ones included`);

// Offers and subscriptions as the API tells them.
import { toTimestamp } from '../../shared/kernel/clock.ts';
import { nextTerms } from '../domain/next-terms.ts';
import { newestVersion, versionInPeriod } from '../domain/offer.ts';
import { periodOf, stateOf } from '../domain/subscription.ts';
import type { Subscription } from '../ports/access.ts';
import type { Offer, OfferVersion } from '../ports/subscriptions.ts';

const tellVersion = (version: OfferVersion) => ({
  version: version.version,
  perCallMicros: version.perCallMicros,
  perRowMicros: version.perRowMicros,
  feeMicros: version.feeMicros,
  includedCalls: version.includedCalls ?? null,
  hardStop: version.hardStop ?? false,
  days: version.days ?? null,
  createdAt: toTimestamp(version.createdAtMs),
  effectiveAt: toTimestamp(version.effectiveAtMs),
});

export const tellOffer = (offer: Offer) => ({
  id: offer.offerId,
  model: offer.model,
  name: offer.name,
  kind: offer.kind,
  state: offer.state,
  current: tellVersion(newestVersion(offer)),
  versions: offer.versions.map(tellVersion),
  createdAt: toTimestamp(offer.createdAtMs),
  updatedAt: toTimestamp(offer.updatedAtMs),
});

const orNull = (ms: number | undefined) => (ms === undefined ? null : toTimestamp(ms));

/** @param offer - that it was taken on */
export const tellSubscription = (subscription: Subscription, offer: Offer, nowMs: number) => {
  const period = periodOf(subscription, nowMs);
  const next = nextTerms(offer, subscription, nowMs);
  return {
    id: subscription.subscriptionId,
    model: subscription.model,
    offerId: subscription.offerId,
    kind: subscription.kind,
    state: stateOf(subscription, nowMs),
    period: { start: toTimestamp(period.startMs), end: toTimestamp(period.endMs), index: period.index },
    terms: tellVersion(versionInPeriod(offer, subscription.offerVersion, period.startMs)),
    nextTerms: next ? { ...tellVersion(next.version), from: toTimestamp(next.fromMs) } : null,
    startedAt: toTimestamp(subscription.startedAtMs),
    canceledAt: orNull(subscription.canceledAtMs),
    endsAt: orNull(subscription.endsAtMs ?? subscription.trialEndsAtMs),
    createdAt: toTimestamp(subscription.startedAtMs),
    updatedAt: toTimestamp(subscription.updatedAtMs),
  };
};

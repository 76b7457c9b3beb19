// The terms that a subscription will have next, where its offer has been changed.
import type { Subscription } from '../ports/access.ts';
import type { Offer, OfferVersion } from '../ports/subscriptions.ts';
import { versionInPeriod } from './offer.ts';
import { endOf, periodOf } from './subscription.ts';
import { monthlyPeriod } from './subscription-period.ts';

export interface NextTerms {
  readonly version: OfferVersion;
  /** The start of the first period that has them. */
  readonly fromMs: number;
}

/** @returns undefined when nothing changes, or it ends before */
export const nextTerms = (offer: Offer, subscription: Subscription, nowMs: number): NextTerms | undefined => {
  const { startedAtMs, offerVersion } = subscription;
  const period = periodOf(subscription, nowMs);
  const present = versionInPeriod(offer, offerVersion, period.startMs);
  const firstStarts = offer.versions
    .filter(({ version }) => version > present.version)
    .map(({ effectiveAtMs }) => Math.max(period.endMs, firstStart(startedAtMs, effectiveAtMs)));
  const fromMs = Math.min(...firstStarts);
  if (firstStarts.length === 0 || fromMs >= endOf(subscription)) return undefined;
  return { version: versionInPeriod(offer, offerVersion, fromMs), fromMs };
};

/** Of the periods of a subscription, the first that begins then or later. */
const firstStart = (startedAtMs: number, atMs: number): number => {
  const { startMs, endMs } = monthlyPeriod(startedAtMs, atMs);
  return startMs === atMs ? startMs : endMs;
};

// Offers and their versions: a change of price is a new version, for new subscribers at once, for others after a notice
// and never within a running period.
import type { Offer, OfferKind, OfferVersion } from '../ports/subscriptions.ts';

const DAY_MS = 86_400_000;
export const OFFER_VERSION_LIMIT = 50;
/** Most offers that a model may have, closed ones included. */
export const OFFER_LIMIT = 50;

/** What a publisher asks for, of any kind. */
export interface OfferTerms {
  readonly kind: OfferKind;
  readonly perCallMicros?: string | undefined;
  readonly perRowMicros?: string | undefined;
  readonly feeMicros?: string | undefined;
  readonly includedCalls?: number | undefined;
  readonly overage?:
    | { readonly perCallMicros?: string | undefined; readonly perRowMicros?: string | undefined }
    | undefined;
  readonly days?: number | undefined;
}

/** @param noticeDays - of the change, for those who have subscribed */
export const offerVersion = (
  terms: OfferTerms,
  { version, nowMs, noticeDays }: { version: number; nowMs: number; noticeDays: number },
): OfferVersion => {
  const rates = terms.kind === 'monthly' ? terms.overage : terms;
  return {
    version,
    perCallMicros: rates?.perCallMicros ?? '0',
    perRowMicros: rates?.perRowMicros ?? '0',
    feeMicros: terms.feeMicros ?? '0',
    includedCalls: terms.includedCalls,
    hardStop: terms.includedCalls !== undefined && terms.overage === undefined ? true : undefined,
    days: terms.days,
    createdAtMs: nowMs,
    effectiveAtMs: version === 1 ? nowMs : nowMs + noticeDays * DAY_MS,
  };
};

/** What a new subscriber gets. */
export const newestVersion = (offer: Offer): OfferVersion => {
  const newest = offer.versions.at(-1);
  if (!newest) throw new Error(`an offer must have a version: ${offer.offerId}`);
  return newest;
};

/**
 * What holds for a subscriber in the period that began then.
 * @param subscribed - the version that was subscribed to: never an older one
 */
export const versionInPeriod = (offer: Offer, subscribed: number, periodStartMs: number): OfferVersion =>
  offer.versions.findLast(
    ({ version, effectiveAtMs }) => version === subscribed || (version > subscribed && effectiveAtMs <= periodStartMs),
  ) ?? newestVersion(offer);

// What a subscriber is told when a subscription is cancelled.
import type { AccessNews, Subscription } from '../ports/access.ts';

/** @param reason - where it was not the subscriber who cancelled */
export const endNews = (
  { subscriptionId, offerId, endsAtMs = 0 }: Subscription,
  nowMs: number,
  reason?: string,
): AccessNews => ({
  type: endsAtMs <= nowMs ? 'SubscriptionEnded.v1' : 'SubscriptionCanceled.v1',
  only: 'consumer',
  data: { subscriptionId, offerId, endsAt: new Date(endsAtMs).toISOString(), reason },
});

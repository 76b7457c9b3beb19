// What the clock has to do about a version, and about a subscription.

import type { Subscription } from '../ports/access.ts';
import type { DueItem } from '../ports/life.ts';
import type { Version } from '../ports.ts';
import { endOf } from './subscription.ts';

/** The end of its notice, or the purge of what is retired, a while after `atMs`. */
export const dueOf = ({ model, version, state, deprecation, retirement }: Version): DueItem | undefined => {
  if (state === 'deprecated' && deprecation) return { kind: 'sunset', atMs: deprecation.sunsetAtMs, model, version };
  if (state === 'retired' && retirement && retirement.purgedAtMs === undefined) {
    return { kind: 'purge', atMs: retirement.atMs, model, version };
  }
  return undefined;
};

/** That its end is told. One that was ended at once was told of by the write that did it. */
export const dueOfSubscription = (subscription: Subscription | undefined): DueItem | undefined => {
  if (!subscription) return undefined;
  const { model, accountId, subscriptionId, offerId, updatedAtMs } = subscription;
  const atMs = endOf(subscription);
  if (atMs === Number.POSITIVE_INFINITY || atMs <= updatedAtMs) return undefined;
  return { kind: 'subscription', atMs, model, subscription: { accountId, subscriptionId, offerId } };
};

// A subscription as one state machine over time; nothing steps it:
//
//   trialing ─────────days over──────┐
//      │                             ▼
//   active ──cancel──► canceling ──► ended        (past_due is kept for what billing will find out)
//
// A trial is a subscription with one period. All others go on by the month until they are cancelled.
import { DomainError } from '../../shared/kernel/errors.ts';
import type { Subscription, SubscriptionState } from '../ports/access.ts';
import { monthlyPeriod, type Period } from './subscription-period.ts';

/** The period that runs, or the last that ran. */
export const periodOf = (subscription: Subscription, nowMs: number): Period => {
  const { startedAtMs, trialEndsAtMs, endsAtMs } = subscription;
  if (trialEndsAtMs !== undefined) return { index: 0, startMs: startedAtMs, endMs: trialEndsAtMs };
  // At its end the next would begin: the last that ran is the one before.
  return monthlyPeriod(startedAtMs, endsAtMs === undefined ? nowMs : Math.min(nowMs, endsAtMs - 1));
};

/** When it ends, if nobody does anything. */
export const endOf = ({ trialEndsAtMs, endsAtMs }: Subscription): number =>
  Math.min(trialEndsAtMs ?? Number.POSITIVE_INFINITY, endsAtMs ?? Number.POSITIVE_INFINITY);

export const stateOf = (subscription: Subscription, nowMs: number): SubscriptionState => {
  const { trialEndsAtMs, endsAtMs } = subscription;
  if (nowMs >= endOf(subscription)) return 'ended';
  if (endsAtMs !== undefined) return 'canceling';
  return trialEndsAtMs === undefined ? 'active' : 'trialing';
};

export const isRunning = (subscription: Subscription | undefined, nowMs: number): subscription is Subscription =>
  subscription !== undefined && stateOf(subscription, nowMs) !== 'ended';

/**
 * Ends it with its period, or at once.
 * @returns undefined when it ends so already @throws DomainError subscription_state_forbids
 */
export const cancelSubscription = (
  subscription: Subscription,
  { now, nowMs }: { now: boolean; nowMs: number },
): Subscription | undefined => {
  const state = stateOf(subscription, nowMs);
  if (state === 'ended') throw hasEnded();
  if (now && subscription.kind !== 'trial' && subscription.kind !== 'free') {
    throw new DomainError(
      'conflict',
      'subscription_state_forbids',
      `'now' must be left out: a subscription of kind '${subscription.kind}' ends with its period`,
    );
  }
  if (state === 'canceling' && !now) return undefined;
  const endsAtMs = now ? nowMs : periodOf(subscription, nowMs).endMs;
  return { ...subscription, canceledAtMs: subscription.canceledAtMs ?? nowMs, endsAtMs, updatedAtMs: nowMs };
};

export const hasEnded = (): DomainError =>
  new DomainError(
    'conflict',
    'subscription_state_forbids',
    "'cancel' needs a subscription that runs, got an ended one",
  );

// Whether a call is within the limits of its key and account: the use case behind gateway.ts, its ports given.
//
//   caller ─► lease of the key ──┐ both have a call left ─► taken, the call goes on
//          ─► lease of the account┘ one has not ─► ask the store (both at once) ─► again ─► taken, or 429
//
// The store is asked for many calls at a time and only when a lease is used up (see domain/lease.ts); who is known to be
// over the limit is refused without asking. When the store does not answer, calls go on unlimited for a second, and
// then it is asked again: limits protect, and must not be what fails.

import { DomainError } from '../shared/kernel/errors.ts';
import type { Admission, Caller, CallLimits, Limit } from '../shared/platform/caller.ts';
import { planLimits } from './contract.ts';
import { BoundedCache } from './domain/bounded-cache.ts';
import { Lease, type LeaseAsk } from './domain/lease.ts';
import { policyField, rateLimitField, refusalMessage } from './domain/rate-limit-fields.ts';
import type { LeaseStore } from './ports.ts';

export interface LimitCallsPorts {
  readonly leases: LeaseStore;
  readonly clock: () => number;
  /** Rejects after that time unless the promise settles first. */
  readonly within: <T>(promise: Promise<T>, ms: number) => Promise<T>;
}

/** Longer than this no call waits for the limits. */
export const PATIENCE_MS = 250;
/** How long the store is left alone after it failed. */
export const OPEN_MS = 1_000;
/** Calls of one environment at the same moment may take each other's lease; it is not asked for ever. */
const MAX_ROUNDS = 3;
const LEASE_COUNT = 10_000;
const unlimited: Admission = { headers: {}, beside: undefined };

type Figures = Parameters<Limit>[2];

interface Held {
  readonly name: keyof CallLimits;
  readonly subject: string;
  readonly lease: Lease;
}

/** The `Limit` of every API function. */
export const limitCallsWith = ({ leases, clock, within }: LimitCallsPorts): Limit => {
  const kept = new BoundedCache<Lease>(LEASE_COUNT);
  let openUntilMs = 0;

  const hold = (name: keyof CallLimits, subject: string, limits: CallLimits, nowMs: number): Held => {
    let lease = kept.get(subject, nowMs);
    if (!lease) {
      lease = new Lease(limits[name]);
      kept.set(subject, lease, Number.POSITIVE_INFINITY);
    }
    lease.limit = limits[name];
    return { name, subject, lease };
  };

  const ask = async ({ subject, lease }: Held, asked: LeaseAsk, figures: Figures): Promise<void> => {
    const { count, owed, askedMs, limit } = asked;
    const request = { subject, limit, count, owed, nowMs: askedMs, seenTatUs: lease.tatUs };
    try {
      const grant = await within(leases.take(request), PATIENCE_MS);
      lease.hear(grant, asked, clock());
    } catch (fault) {
      lease.hearNothing(asked);
      openUntilMs = clock() + OPEN_MS;
      figures.limitsOpen = fault instanceof Error ? fault.name : 'unknown';
    }
  };

  const take = (held: readonly Held[], nowMs: number, figures: Figures): Admission => {
    const asks: Promise<void>[] = [];
    for (const one of held) {
      const asked = one.lease.take(nowMs);
      if (asked) asks.push(ask(one, asked, figures));
    }
    return { headers: fieldsOf(held, nowMs), beside: asks.length > 0 ? Promise.all(asks).then(() => {}) : undefined };
  };

  return async (caller, { auth }, figures) => {
    // Who mends the platform is not locked out by what went wrong with it.
    if (auth === 'operator' && caller.operator) return unlimited;
    const startedMs = clock();
    const held = heldBy(caller, startedMs, hold);
    for (let round = 0; ; round++) {
      const nowMs = clock();
      const short = held.filter(({ lease }) => !lease.isReady(nowMs));
      if (short.length === 0) {
        if (round > 0) figures.limitWaitMs = nowMs - startedMs;
        return take(held, nowMs, figures);
      }
      if (nowMs < openUntilMs) {
        figures.limitsOpen ??= 'left alone';
        return { headers: fieldsOf(held, nowMs), beside: undefined };
      }
      const blocked =
        short.find(({ lease }) => lease.blockedUntil(nowMs)) ?? (round < MAX_ROUNDS ? undefined : short[0]);
      if (blocked) throw refuse(blocked, held, nowMs, figures);
      await Promise.all(short.map((one) => ask(one, one.lease.ask(0, nowMs), figures)));
    }
  };
};

const heldBy = (
  { accountId, keyId, limits = planLimits.free }: Caller,
  nowMs: number,
  hold: (name: keyof CallLimits, subject: string, limits: CallLimits, nowMs: number) => Held,
): readonly Held[] => {
  const account = hold('account', accountId, limits, nowMs);
  return keyId === undefined ? [account] : [hold('key', keyId, limits, nowMs), account];
};

const fieldsOf = (held: readonly Held[], nowMs: number) => ({
  ratelimit: held.map(({ name, lease }) => rateLimitField(name, lease.outlook(nowMs))).join(', '),
  'ratelimit-policy': held.map(({ name, lease }) => policyField(name, lease.limit)).join(', '),
});

const refuse = ({ name, lease }: Held, held: readonly Held[], nowMs: number, figures: Figures): DomainError => {
  figures.limited = name;
  const retrySeconds = Math.max(1, Math.ceil(((lease.blockedUntil(nowMs) ?? 0) - nowMs) / 1000));
  return new DomainError('too_many', 'rate_limited', refusalMessage(name, lease.limit, retrySeconds), {
    headers: { 'retry-after': String(retrySeconds), ...fieldsOf(held, nowMs) },
  });
};

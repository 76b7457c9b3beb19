// Many environments that share one limit: who is let through when, and what no schedule of theirs may exceed.

import { carriedOver, policyOf, takeCalls } from '../../lambdas/accounts/domain/gcra.ts';
import { LEASE_MS } from '../../lambdas/accounts/domain/lease.ts';
import { limitCallsWith } from '../../lambdas/accounts/limit-calls.ts';
import type { LeaseStore } from '../../lambdas/accounts/ports.ts';
import { DomainError } from '../../lambdas/shared/kernel/errors.ts';
import type { Admission, Caller, RateLimit } from '../../lambdas/shared/platform/caller.ts';

/** A lease store in memory, exactly as the rule says. */
export const memoryLeases = (): LeaseStore & { readonly asked: number } => {
  const tats = new Map<string, { readonly tatUs: number; readonly policy: string }>();
  let asked = 0;
  return {
    get asked() {
      return asked;
    },
    take: async ({ subject, limit, count, owed, nowMs }) => {
      asked++;
      const stood = tats.get(subject);
      const seen = stood && carriedOver(stood, nowMs * 1000, limit);
      const taken = takeCalls(seen, nowMs * 1000, { count, owed }, limit);
      tats.set(subject, { tatUs: taken.tatUs, policy: policyOf(limit) });
      return taken;
    },
  };
};

/** Whoever has limits of their own. */
export const callerWith = (limit: RateLimit, extra: Partial<Caller> = {}): Caller => ({
  accountId: 'acc_01JDA8Z5V4W1T4E5R6T7Y8V9P0',
  handle: undefined,
  userId: 'usr_01JDA8Z5V4W1T4E5R6T7Y8V9P0',
  role: 'owner',
  operator: false,
  via: 'token',
  keyId: undefined,
  scopes: undefined,
  models: undefined,
  limits: { key: limit, account: limit },
  ...extra,
});

/**
 * By how many calls the stated bound was exceeded in the worst of all windows; at most 0 when it held:
 * calls in any window of t seconds ≤ calls + calls / windowSeconds × (t + lease + clocks apart) + environments.
 * @param admittedMs - when calls were let through, ascending, by a clock of our own
 */
export const excessOf = (
  admittedMs: readonly number[],
  limit: RateLimit,
  { environmentCount, clocksApartMs = 0 }: { environmentCount: number; clocksApartMs?: number },
): number => {
  const perMs = limit.calls / (limit.windowSeconds * 1000);
  const allowance = limit.calls + perMs * (LEASE_MS + clocksApartMs) + environmentCount;
  let worst = Number.NEGATIVE_INFINITY;
  // The least that a window may begin with: admitted before, less what the rate had given by then.
  let least = Number.POSITIVE_INFINITY;
  for (const [index, atMs] of admittedMs.entries()) {
    least = Math.min(least, index - perMs * atMs);
    worst = Math.max(worst, index + 1 - perMs * atMs - least - allowance);
  }
  return worst;
};

/** One environment on a clock of the test's. */
export const environment = (leases: LeaseStore, clock: () => number) => {
  const admit = limitCallsWith({ leases, clock, within: (promise) => promise });
  return async (caller: Caller, auth: 'required' | 'operator' = 'required') => {
    const figures: Record<string, string | number | boolean | undefined> = {};
    const outcome: Admission | DomainError = await admit(caller, { auth }, figures).catch((fault) => fault);
    if (outcome instanceof DomainError) return { refusal: outcome, figures, headers: outcome.extras.headers ?? {} };
    await outcome.beside;
    return { refusal: undefined, figures, headers: outcome.headers };
  };
};

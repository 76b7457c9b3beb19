// GCRA, the generic cell rate algorithm (ITU-T I.371, as a virtual schedule): a limit is kept in one number, the
// theoretical arrival time of the next call of somebody who keeps exactly to the rate.
//
//   now                     tat                         now + calls × interval
//    ├──── used up ──────────┤──────── room ─────────────┤        a call moves tat by one interval, never past the end;
//                                                              time alone moves `now` towards it, and room grows
//
// Times are whole microseconds since the epoch in plain numbers: exact beyond the year 2250.
import type { LeaseGrant, RateLimit } from '../ports.ts';

/** Between two calls at the limit's rate. Rounded up, so that no rate is exceeded by rounding. */
export const intervalUs = ({ calls, windowSeconds }: RateLimit): number => Math.ceil((windowSeconds * 1e6) / calls);

/** What tells one limit from another in a store. */
export const policyOf = ({ calls, windowSeconds }: RateLimit): string => `${calls}/${windowSeconds}`;

/**
 * Where a subject stands under the limit in force, if calls were last counted by another: no further from now than that
 * limit reaches, or else the intervals of an older one lock out for as long as *its* window. Under one and the same
 * limit nothing is let off: calls made on credit, and clocks that run ahead, may well be past the end.
 */
export const carriedOver = (
  { tatUs, policy }: { readonly tatUs: number; readonly policy: string | undefined },
  nowUs: number,
  limit: RateLimit,
): number => (policy === policyOf(limit) ? tatUs : Math.min(tatUs, nowUs + limit.calls * intervalUs(limit)));

/** From when on a call fits. @param tatUs - as it is @returns may lie in the past */
export const freeAtUs = (tatUs: number, limit: RateLimit): number => tatUs - (limit.calls - 1) * intervalUs(limit);

/** How many calls fit now. */
export const roomAt = (tatUs: number, nowUs: number, limit: RateLimit): number => {
  const interval = intervalUs(limit);
  return Math.max(0, Math.floor((nowUs + limit.calls * interval - Math.max(tatUs, nowUs)) / interval));
};

/**
 * Takes calls from the limit.
 * @param tatUs - as it is, undefined for a subject never seen
 * @param wanted - `count` as far as there is room, `owed` of them in any case
 */
export const takeCalls = (
  tatUs: number | undefined,
  nowUs: number,
  wanted: { readonly count: number; readonly owed: number },
  limit: RateLimit,
): LeaseGrant => {
  const from = Math.max(tatUs ?? 0, nowUs);
  const granted = Math.max(wanted.owed, Math.min(wanted.count, roomAt(from, nowUs, limit)));
  return { granted, tatUs: granted === 0 ? from : from + granted * intervalUs(limit) };
};

// The counters of included calls, derived again from the events that were counted in them.
import type { KeptEvent } from '../kept.ts';
import { QUOTA_KEPT_MS, quotaStartMs } from '../quota-name.ts';
import type { Finding } from './checks.ts';

/** Counter → calls. */
export type Tally = ReadonlyMap<string, number>;

export const addTallies = (tallies: Iterable<Tally>): Tally => {
  const sum = new Map<string, number>();
  for (const tally of tallies) for (const [name, count] of tally) sum.set(name, (sum.get(name) ?? 0) + count);
  return sum;
};

export const tallyOf = (events: readonly KeptEvent[]): Tally =>
  addTallies(events.map(({ event }) => new Map(event?.countedIn === undefined ? [] : [[event.countedIn, 1]])));

/**
 * While calls go on, what the events say lies between what the counter said before they were read and what it said after.
 * @param derived - of the events between
 * @param isWhole - whether all events that a counter may have counted are among them
 */
export const checkQuotas = (
  accountId: string,
  {
    before,
    after,
    derived,
    isWhole,
    nowMs,
  }: {
    readonly before: Tally;
    readonly after: Tally;
    readonly derived: Tally;
    readonly isWhole: (name: string) => boolean;
    readonly nowMs: number;
  },
): Finding[] =>
  [...new Set([...before.keys(), ...after.keys(), ...derived.keys()])].filter(isWhole).flatMap((at): Finding[] => {
    const calls = derived.get(at) ?? 0;
    const [low = 0, high] = [before.get(at), after.get(at)];
    const text = (count: number) => `${count} included calls`;
    if (high === undefined) {
      const mayBeGone = before.has(at) || quotaStartMs(at) + QUOTA_KEPT_MS <= nowMs;
      return mayBeGone ? [] : [{ accountId, check: 'quota', expected: text(calls), found: 'none', at }];
    }
    if (low <= calls && calls <= high) return [];
    return [{ accountId, check: 'quota', expected: text(calls), found: text(high), at }];
  });

// An account's month: what it opened with, what came, what went, and what it closed with. Each opens with what the one
// before closed with, so the last sealed month stands for all before it.
import type { UsageSum } from './usage-sum.ts';

export interface SealedMonth {
  /** e.g. `2026-11`, UTC. */
  readonly month: string;
  /** The account's own money: without its credit limit. */
  readonly openingMicros: bigint;
  readonly grantsMicros: bigint;
  readonly grantCount: number;
  /** What calls cost, 0 or more. */
  readonly debitsMicros: bigint;
  readonly eventCount: number;
  /** opening + grants − debits. */
  readonly closingMicros: bigint;
}

export const monthOf = (period: string): string => period.slice(0, 'YYYY-MM'.length);

export interface EntryOfMonth {
  readonly amountMicros: bigint;
  /** The one that holds the instant of the entry's id. */
  readonly month: string;
}

/**
 * Months that hold anything, oldest first, chained. A month in which nothing happened has no item: the next one opens
 * with what the last one before it closed with.
 * @param openingMicros - what the month before the first one closed with
 */
export const chainMonths = (
  openingMicros: bigint,
  { days, entries }: { readonly days: readonly UsageSum[]; readonly entries: readonly EntryOfMonth[] },
): SealedMonth[] => {
  const names = new Set([...days.map(({ period }) => monthOf(period)), ...entries.map(({ month }) => month)]);
  let opening = openingMicros;
  return [...names].sort().map((month) => {
    const grants = entries.filter((entry) => entry.month === month);
    const sums = days.filter(({ period }) => monthOf(period) === month);
    const grantsMicros = grants.reduce((total, { amountMicros }) => total + amountMicros, 0n);
    const debitsMicros = sums.reduce((total, { amountMicros }) => total + amountMicros, 0n);
    const sealed = {
      month,
      openingMicros: opening,
      grantsMicros,
      grantCount: grants.length,
      debitsMicros,
      eventCount: sums.reduce((total, { calls }) => total + calls, 0),
      closingMicros: opening + grantsMicros - debitsMicros,
    };
    opening = sealed.closingMicros;
    return sealed;
  });
};

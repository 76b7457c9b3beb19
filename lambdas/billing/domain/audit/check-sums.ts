// Sums against what they are sums of, and months against their days, their entries and each other.
import { periodEndMs, periodStartMs } from '../../../shared/kernel/period.ts';
import type { MinuteSum } from '../minute-sum.ts';
import { chainMonths, type EntryOfMonth, monthOf, type SealedMonth } from '../month.ts';
import { sumInto, sumName, sumText, type UsageSum } from '../usage-sum.ts';
import type { AuditCheck, Finding } from './checks.ts';

type SumCheck = 'minute_sum' | 'hour_sum' | 'day_sum' | 'month_sum';

/** @param derived - what the stored ones must be, all of the same periods */
export const checkSums = (
  accountId: string,
  check: SumCheck,
  { derived, stored }: { readonly derived: readonly UsageSum[]; readonly stored: readonly UsageSum[] },
): Finding[] => {
  const expected = new Map(derived.map((sum) => [sumName(sum), sumText(sum)]));
  const found = new Map(stored.map((sum) => [sumName(sum), sumText(sum)]));
  return [...new Set([...expected.keys(), ...found.keys()])]
    .filter((name) => expected.get(name) !== found.get(name))
    .map((name) => ({
      accountId,
      check,
      expected: expected.get(name) ?? 'no sum',
      found: found.get(name) ?? 'no sum',
      at: name,
    }));
};

/**
 * What of a minute counts for its models, where its sums say so: those sealed before it was told do not.
 * @param sums.derived - a sum that is wrong altogether is another finding
 */
export const checkCounted = (
  accountId: string,
  { derived, stored }: { readonly derived: readonly MinuteSum[]; readonly stored: readonly UsageSum[] },
): Finding[] => {
  const text = ({ calls, rows }: MinuteSum['counted']) => `${calls} calls and ${rows} rows count for the model`;
  const expected = new Map(derived.map((sum) => [`${sumName(sum)} ${sumText(sum)}`, text(sum.counted)]));
  return stored.flatMap((sum) => {
    const known = expected.get(`${sumName(sum)} ${sumText(sum)}`);
    if (!sum.counted || known === undefined || known === text(sum.counted)) return [];
    return [{ accountId, check: 'minute_sum', expected: known, found: text(sum.counted), at: sumName(sum) }];
  });
};

/** The sums of each period that `periodOf` sorts the parts into. */
export const sumsBy = (parts: readonly UsageSum[], periodOf: (period: string) => string): UsageSum[] =>
  [...Map.groupBy(parts, ({ period }) => periodOf(period))].flatMap(([period, sums]) => sumInto(period, sums));

/** Chained arithmetic over all sealed months, oldest first. */
export const checkChain = (accountId: string, months: readonly SealedMonth[]): Finding[] => {
  const findings: Finding[] = [];
  let previousClosing = 0n;
  for (const { month, openingMicros, grantsMicros, debitsMicros, closingMicros } of months) {
    const report = (expected: string, found: string) =>
      findings.push({ accountId, check: 'month_chain' satisfies AuditCheck, expected, found, at: month });
    const closing = openingMicros + grantsMicros - debitsMicros;
    if (openingMicros !== previousClosing) report(`opens with ${previousClosing}`, `opens with ${openingMicros}`);
    else if (closingMicros !== closing) report(`closes with ${closing}`, `closes with ${closingMicros}`);
    previousClosing = closingMicros;
  }
  return findings;
};

/**
 * Sealed months against days and entries.
 * @param months - the ones to check
 */
export const checkMonths = (
  accountId: string,
  months: readonly SealedMonth[],
  parts: {
    /** Stored sums of all days and of the months themselves, in any order. */
    readonly days: readonly UsageSum[];
    readonly sums: readonly UsageSum[];
    readonly entries: readonly EntryOfMonth[];
  },
): Finding[] =>
  months.flatMap((sealed) => {
    const { month } = sealed;
    const days = parts.days.filter(({ period }) => monthOf(period) === month);
    const entries = parts.entries.filter((entry) => entry.month === month);
    const [derived] = chainMonths(0n, { days, entries });
    const text = (one: Pick<SealedMonth, 'grantsMicros' | 'grantCount' | 'debitsMicros' | 'eventCount'> | undefined) =>
      `${one?.grantCount ?? 0} grants of ${one?.grantsMicros ?? 0n}, ${one?.eventCount ?? 0} events of ${one?.debitsMicros ?? 0n}`;
    const totals: Finding[] =
      text(derived) === text(sealed)
        ? []
        : [{ accountId, check: 'month_totals', expected: text(derived), found: text(sealed), at: month }];
    const stored = parts.sums.filter(({ period }) => period === month);
    return [...totals, ...checkSums(accountId, 'month_sum', { derived: sumInto(month, days), stored })];
  });

/** Months between the first and the last of the days and entries that no item stands for. */
export const checkGaps = (
  accountId: string,
  months: readonly SealedMonth[],
  { days, entries }: { readonly days: readonly UsageSum[]; readonly entries: readonly EntryOfMonth[] },
): Finding[] => {
  const last = months.at(-1)?.month ?? '';
  const sealed = new Set(months.map(({ month }) => month));
  const held = new Set([...days.map(({ period }) => monthOf(period)), ...entries.map(({ month }) => month)]);
  return [...held]
    .filter((month) => month <= last && !sealed.has(month))
    .map((month) => ({ accountId, check: 'month_chain', expected: 'a sealed month', found: 'none', at: month }));
};

/** The first and the last day of a month. */
export const monthDays = (month: string): { first: string; last: string } => ({
  first: new Date(periodStartMs(month)).toISOString().slice(0, 10),
  last: new Date(periodEndMs(month) - 1).toISOString().slice(0, 10),
});

// Sums of usage: of events into a minute, of minutes into an hour, of hours into a day, and into what a caller asked for.
import type { UsageGroup } from '../contract.ts';
import type { CountedUsage } from './counted-usage.ts';
import { sealedGranularityOf } from './sealing.ts';

/** Calls of one account in one period, by one key to one model. */
export interface UsageSum {
  /** A minute, hour, day or month. */
  readonly period: string;
  readonly model: string;
  /** `key_…`, or NO_KEY. */
  readonly keyId: string;
  readonly calls: number;
  readonly rows: number;
  readonly amountMicros: bigint;
  /** Of a minute: what of it counts for the model, and was told (minute-sum.ts). Absent: sealed before that was done. */
  readonly counted?: CountedUsage | undefined;
}

/** How a sum is told apart from the others of its account. */
export const sumName = ({ period, model, keyId }: UsageSum): string => `${period}#${model}#${keyId}`;

export const sumText = ({ calls, rows, amountMicros }: UsageSum): string =>
  `${calls} calls, ${rows} rows, ${amountMicros} micros`;

export interface UsageTotal {
  readonly calls: number;
  readonly rows: number;
  readonly amountMicros: bigint;
}

const added = (total: UsageTotal | undefined, sum: UsageTotal): UsageTotal => ({
  calls: (total?.calls ?? 0) + sum.calls,
  rows: (total?.rows ?? 0) + sum.rows,
  amountMicros: (total?.amountMicros ?? 0n) + sum.amountMicros,
});

/** The period's sums per model and key, from sums of any periods within it. */
export const sumInto = (period: string, parts: Iterable<UsageSum>): UsageSum[] => {
  const sums = new Map<string, UsageSum>();
  for (const part of parts) {
    const at = `${part.model}#${part.keyId}`;
    sums.set(at, { period, model: part.model, keyId: part.keyId, ...added(sums.get(at), part) });
  }
  return [...sums.values()];
};

/** One line of an answer: the values of what it is grouped by, and its total. */
export interface UsageLine extends UsageTotal {
  readonly values: Readonly<Partial<Record<UsageGroup, string>>>;
  /** Sorts lines by time, then model, then key; unique within an answer. */
  readonly sortKey: string;
}

const groupValue = (sum: UsageSum, group: UsageGroup): string => {
  switch (group) {
    case 'model':
      return sum.model;
    case 'key':
      return sum.keyId;
    case 'day':
      return sum.period.slice(0, 10);
    case 'hour':
      // Day sums cannot tell hours: `coverOf` yields none when hours are asked for.
      if (sealedGranularityOf(sum.period) === 'day')
        throw new RangeError(`'period' must be within an hour, got ${sum.period}`);
      return sum.period.slice(0, 13);
  }
};

const sortOrder: readonly UsageGroup[] = ['day', 'hour', 'model', 'key'];

/** Groups sums by any of model, key, day and hour; with none, all into one line. */
export const groupUsage = (sums: Iterable<UsageSum>, groupBy: readonly UsageGroup[]): UsageLine[] => {
  const groups = sortOrder.filter((group) => groupBy.includes(group));
  const lines = new Map<string, UsageLine>();
  for (const sum of sums) {
    const values = Object.fromEntries(groups.map((group) => [group, groupValue(sum, group)]));
    const sortKey = groups.map((group) => values[group]).join('#');
    lines.set(sortKey, { values, sortKey, ...added(lines.get(sortKey), sum) });
  }
  return [...lines.values()].sort((a, b) => (a.sortKey < b.sortKey ? -1 : 1));
};

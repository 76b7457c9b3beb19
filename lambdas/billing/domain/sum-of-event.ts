// Events as the sums they add up to, and whether two lists of sums say the same.
import type { KeptEvent } from './kept.ts';
import { NO_KEY } from './usage-key.ts';
import type { UsageSum } from './usage-sum.ts';

/** undefined for an event that cannot be read. */
export const sumOfEvent = (period: string, { event }: Pick<KeptEvent, 'event'>): UsageSum | undefined =>
  event && {
    period,
    model: event.model,
    keyId: event.keyId ?? NO_KEY,
    calls: 1,
    rows: event.rowCount,
    amountMicros: event.amountMicros,
  };

/** How a sum is told apart from the others of its account. */
export const sumName = ({ period, model, keyId }: UsageSum): string => `${period}#${model}#${keyId}`;

export const sumText = ({ calls, rows, amountMicros }: UsageSum): string =>
  `${calls} calls, ${rows} rows, ${amountMicros} micros`;

/** Each at most once in either list, in any order. */
export const sameSums = (some: readonly UsageSum[], others: readonly UsageSum[]): boolean => {
  const texts = new Map(others.map((sum) => [sumName(sum), sumText(sum)]));
  return some.length === others.length && some.every((sum) => texts.get(sumName(sum)) === sumText(sum));
};

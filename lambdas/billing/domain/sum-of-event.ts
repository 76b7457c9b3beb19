// Events as the sums they add up to, and whether two lists of sums say the same.

import { countedOf } from './counted-usage.ts';
import type { KeptEvent } from './kept.ts';
import type { MinuteSum } from './minute-sum.ts';
import { NO_KEY } from './usage-key.ts';
import { sumName, sumText, type UsageSum } from './usage-sum.ts';

/** undefined for an event that cannot be read. */
export const sumOfEvent = (period: string, { event }: Pick<KeptEvent, 'event'>): MinuteSum | undefined =>
  event && {
    period,
    model: event.model,
    keyId: event.keyId ?? NO_KEY,
    calls: 1,
    rows: event.rowCount,
    amountMicros: event.amountMicros,
    counted: countedOf(event),
  };

/** Each at most once in either list, in any order. */
export const sameSums = (some: readonly UsageSum[], others: readonly UsageSum[]): boolean => {
  const texts = new Map(others.map((sum) => [sumName(sum), sumText(sum)]));
  return some.length === others.length && some.every((sum) => texts.get(sumName(sum)) === sumText(sum));
};

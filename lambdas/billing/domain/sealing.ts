// When a period may be sealed, and what closing one needs. A minute, hour or day is *open* while its marker exists;
// its sum is final from the moment it is sealed.
import { type Granularity, granularityOf, periodEndMs, periodOf, periodStartMs } from '../../shared/kernel/period.ts';

/** How long after its end a period is sealed. */
export const SEAL_DELAY_MS = 120_000;

/**
 * How old an id may be when its charge is sent; an older one is replaced by a new one in a new minute. Paid charges are
 * fenced by the wallet in any case. Free ones are not, so this and SEAL_DELAY_MS leave a request in flight, and clocks
 * that disagree, a minute before the minute's sum is taken.
 */
export const MAX_ID_AGE_MS = 60_000;

/** Granularities that have markers and sums, the finest first. */
export const sealedGranularities = ['minute', 'hour', 'day'] as const;
export type SealedGranularity = (typeof sealedGranularities)[number];

/** Granularity of a period that may have a marker. @throws RangeError for a month */
export const sealedGranularityOf = (period: string): SealedGranularity => {
  const granularity: Granularity = granularityOf(period);
  if (granularity === 'month') throw new RangeError(`'period' must be a minute, hour or day, got ${period}`);
  return granularity;
};

/** The marks that an event of the minute needs: the day's, the hour's and its own. */
export const periodsOfMinute = (minute: string): readonly string[] => {
  const startMs = periodStartMs(minute);
  return [periodOf(startMs, 'day'), periodOf(startMs, 'hour'), minute];
};

/** The last minute of a period. */
export const lastMinuteOf = (period: string): string => periodOf(periodEndMs(period) - 60_000, 'minute');

/** The last minute that may be sealed by now: its end is SEAL_DELAY_MS ago or longer. */
export const lastSealableMinute = (nowMs: number): string => periodOf(nowMs - SEAL_DELAY_MS - 60_000, 'minute');

/** What every period within this one begins with, e.g. `2026-11-23T20:` for the hour's minutes. */
export const childPrefix = (period: string): string => `${period}${sealedGranularityOf(period) === 'hour' ? ':' : 'T'}`;

/** The periods that a day or hour is made of. @throws RangeError for a minute */
export const childrenOf = (period: string): readonly string[] => {
  const granularity = sealedGranularityOf(period);
  if (granularity === 'minute') throw new RangeError(`'period' must be an hour or a day, got ${period}`);
  const count = granularity === 'day' ? 24 : 60;
  const prefix = childPrefix(period);
  return Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(2, '0')}`);
};

/** The first and the last minute or hour of a day. */
export const dayPeriods = (day: string, granularity: 'minute' | 'hour'): { first: string; last: string } =>
  granularity === 'minute'
    ? { first: `${day}T00:00`, last: `${day}T23:59` }
    : { first: `${day}T00`, last: `${day}T23` };

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Granularity,
  granularityOf,
  periodEndMs,
  periodOf,
  periodStartMs,
} from '../../../../lambdas/shared/kernel/period.ts';

const granularities: Granularity[] = ['minute', 'hour', 'day', 'month'];
const instant = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2100, 0, 1) });

describe('a period', () => {
  it('holds its instant: start ≤ instant < end', () => {
    fc.assert(
      fc.property(instant, fc.constantFrom(...granularities), (ms, granularity) => {
        const period = periodOf(ms, granularity);
        expect(granularityOf(period)).toBe(granularity);
        expect(periodStartMs(period)).toBeLessThanOrEqual(ms);
        expect(periodEndMs(period)).toBeGreaterThan(ms);
      }),
    );
  });

  it('is followed by the next without a gap, in the order of its text', () => {
    fc.assert(
      fc.property(instant, fc.constantFrom(...granularities), (ms, granularity) => {
        const period = periodOf(ms, granularity);
        const next = periodOf(periodEndMs(period), granularity);
        expect(periodStartMs(next)).toBe(periodEndMs(period));
        expect(next > period).toBe(true);
      }),
    );
  });

  it.each([
    { period: '2026-11-23T20:46', start: '2026-11-23T20:46:00.000Z', end: '2026-11-23T20:47:00.000Z' },
    { period: '2026-11-23T23', start: '2026-11-23T23:00:00.000Z', end: '2026-11-24T00:00:00.000Z' },
    { period: '2026-12-31', start: '2026-12-31T00:00:00.000Z', end: '2027-01-01T00:00:00.000Z' },
    { period: '2024-02', start: '2024-02-01T00:00:00.000Z', end: '2024-03-01T00:00:00.000Z' },
    { period: '2026-12', start: '2026-12-01T00:00:00.000Z', end: '2027-01-01T00:00:00.000Z' },
  ])('$period runs from $start to $end', ({ period, start, end }) => {
    expect(new Date(periodStartMs(period)).toISOString()).toBe(start);
    expect(new Date(periodEndMs(period)).toISOString()).toBe(end);
  });

  it.each(['', '2026', '2026-1', '2026-11-2', '2026-11-23T2', 'garbage', '2026-13', '2026-02-30', '2026-11-23T24'])(
    'is refused when it is none: %j',
    (text) => {
      expect(() => granularityOf(text)).toThrow(RangeError);
    },
  );
});

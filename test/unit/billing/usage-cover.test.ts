import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cover, coverOf, type Span } from '../../../lambdas/billing/domain/usage-cover.ts';
import { periodEndMs, periodOf, periodStartMs } from '../../../lambdas/shared/kernel/period.ts';

const MINUTE_MS = 60_000;
const at = (text: string) => Date.parse(text);
const span = (from: string, to: string): Span => ({ fromMs: at(from), toMs: at(to) });
const minutesOf = (fromMs: number, toMs: number) =>
  Array.from({ length: (toMs - fromMs) / MINUTE_MS }, (_, index) => periodOf(fromMs + index * MINUTE_MS, 'minute'));

/** Every minute that the cover reads, as often as it reads it. */
const minutesRead = ({ closed, openMinutes }: Cover) => [
  ...closed.flatMap(({ first, last }) => minutesOf(periodStartMs(first), periodEndMs(last))),
  ...openMinutes,
];

describe('the cover of a span', () => {
  it('reads a closed month as one run of days', () => {
    const cover = coverOf(span('2026-11-01T00:00Z', '2026-12-01T00:00Z'), 'day', new Set());
    expect(cover).toEqual({
      closed: [{ granularity: 'day', first: '2026-11-01', last: '2026-11-30' }],
      openMinutes: [],
    });
  });

  it('reads an open day by its hours, an open hour by its minutes, an open minute by its events', () => {
    const open = new Set(['2026-11-23', '2026-11-23T23', '2026-11-23T23:58']);
    expect(coverOf(span('2026-11-22T00:00Z', '2026-11-24T00:00Z'), 'day', open)).toEqual({
      closed: [
        { granularity: 'day', first: '2026-11-22', last: '2026-11-22' },
        { granularity: 'hour', first: '2026-11-23T00', last: '2026-11-23T22' },
        { granularity: 'minute', first: '2026-11-23T23:00', last: '2026-11-23T23:57' },
        { granularity: 'minute', first: '2026-11-23T23:59', last: '2026-11-23T23:59' },
      ],
      openMinutes: ['2026-11-23T23:58'],
    });
  });

  it('uses no day where hours are asked for', () => {
    const { closed } = coverOf(span('2026-11-01T00:00Z', '2026-11-03T00:00Z'), 'hour', new Set());
    expect(closed).toEqual([{ granularity: 'hour', first: '2026-11-01T00', last: '2026-11-02T23' }]);
  });

  it('reads every minute of the span exactly once, whatever is open', () => {
    const startMs = at('2026-11-22T21:07Z');
    const length = 3 * 1440;
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: length }),
        fc.integer({ min: 1, max: length }),
        fc.array(fc.integer({ min: 0, max: 2 * length }), { maxLength: 6 }),
        fc.constantFrom('day', 'hour'),
        (skip, count, openAt, largest) => {
          const fromMs = startMs + skip * MINUTE_MS;
          const toMs = fromMs + count * MINUTE_MS;
          const open = new Set(
            openAt.flatMap((minute) => {
              const ms = startMs + minute * MINUTE_MS;
              return [periodOf(ms, 'day'), periodOf(ms, 'hour'), periodOf(ms, 'minute')];
            }),
          );
          const cover = coverOf({ fromMs, toMs }, largest, open);
          expect(minutesRead(cover).sort()).toEqual(minutesOf(fromMs, toMs));
          expect(cover.closed.some(({ first, last }) => open.has(first) || open.has(last))).toBe(false);
          expect(cover.openMinutes.every((minute) => open.has(minute))).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });
});

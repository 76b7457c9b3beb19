// The periods that usage is summed in, as sortable UTC strings: minute `2026-11-23T20:46`, hour `2026-11-23T20`,
// day `2026-11-23`, month `2026-11`. String order is time order, and a day is a prefix of its hours.

export type Granularity = 'minute' | 'hour' | 'day' | 'month';

const lengths = { month: 7, day: 10, hour: 13, minute: 16 } as const satisfies Record<Granularity, number>;

const granularities = ['minute', 'hour', 'day', 'month'] as const satisfies readonly Granularity[];

/** The period of that granularity which holds the instant. */
export const periodOf = (ms: number, granularity: Granularity): string =>
  new Date(ms).toISOString().slice(0, lengths[granularity]);

/** The period's first instant, epoch milliseconds. */
export const periodStartMs = (period: string): number =>
  Date.parse(`${period}${'0000-01-01T00:00:00.000Z'.slice(period.length)}`);

/** The granularity a period string is of. @throws RangeError when it is none */
export const granularityOf = (period: string): Granularity => {
  for (const granularity of granularities) {
    if (period.length !== lengths[granularity]) continue;
    const start = periodStartMs(period);
    // The text must be the period's own spelling: Date.parse also takes the 30th of February and the hour 24.
    if (!Number.isNaN(start) && periodOf(start, granularity) === period) return granularity;
  }
  throw new RangeError(`'period' must be a minute, hour, day or month like 2026-11-23T20:46, got '${period}'`);
};

/** The instant just after the period ends, epoch milliseconds. */
export const periodEndMs = (period: string): number => {
  const start = new Date(periodStartMs(period));
  switch (granularityOf(period)) {
    case 'minute':
      return start.getTime() + 60_000;
    case 'hour':
      return start.getTime() + 3_600_000;
    case 'day':
      return start.getTime() + 86_400_000;
    case 'month':
      return Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1);
  }
};

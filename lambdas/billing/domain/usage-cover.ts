// Which sums and which events make up a span of time. Closed periods are read as they are; an open day is read as its
// hours, an open hour as its minutes, an open minute from its events:
//
//   from ──┤ minutes ├─┤ hours ├──┤ days … ├──┤ hours of an open day ├─┤ minutes of an open hour ├┤ events ├── to
import { periodEndMs, periodOf, periodStartMs } from '../../shared/kernel/period.ts';
import { childrenOf, type SealedGranularity, sealedGranularityOf } from './sealing.ts';

export interface Span {
  /** Epoch milliseconds of whole minutes, `toMs` not included. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Neighbouring closed periods of one granularity, to be read with one query. */
export interface ClosedRun {
  readonly granularity: SealedGranularity;
  readonly first: string;
  readonly last: string;
}

export interface Cover {
  readonly closed: readonly ClosedRun[];
  /** Open minutes, to be read from their events. */
  readonly openMinutes: readonly string[];
}

const lengthsMs = { day: 86_400_000, hour: 3_600_000, minute: 60_000 } as const;

/** The largest whole periods that fill the span, in time order. @param largest - no period is longer */
const wholePeriods = ({ fromMs, toMs }: Span, largest: 'day' | 'hour'): string[] => {
  const periods: string[] = [];
  const granularities = largest === 'day' ? (['day', 'hour', 'minute'] as const) : (['hour', 'minute'] as const);
  for (let atMs = fromMs; atMs < toMs; ) {
    const fits = granularities.find((name) => atMs % lengthsMs[name] === 0 && atMs + lengthsMs[name] <= toMs);
    if (!fits) throw new RangeError(`'fromMs' and 'toMs' must be whole minutes, got ${fromMs} and ${toMs}`);
    periods.push(periodOf(atMs, fits));
    atMs += lengthsMs[fits];
  }
  return periods;
};

/**
 * @param open - periods that have a marker. A minute's marker implies those of its hour and day.
 */
export const coverOf = (span: Span, largest: 'day' | 'hour', open: ReadonlySet<string>): Cover => {
  const closed: ClosedRun[] = [];
  const openMinutes: string[] = [];
  const take = (period: string): void => {
    const granularity = sealedGranularityOf(period);
    if (!open.has(period)) {
      const previous = closed.at(-1);
      const joins = previous?.granularity === granularity && periodEndMs(previous.last) === periodStartMs(period);
      if (joins) closed[closed.length - 1] = { ...previous, last: period };
      else closed.push({ granularity, first: period, last: period });
    } else if (granularity === 'minute') {
      openMinutes.push(period);
    } else {
      for (const child of childrenOf(period)) take(child);
    }
  };
  for (const period of wholePeriods(span, largest)) take(period);
  return { closed, openMinutes };
};

// Every stored sum is what its events add up to, and every event is in one: at each granularity that was promised.
import { granularityOf } from '../../../lambdas/shared/kernel/period.ts';
import { type Check, percent } from '../run.ts';
import type { StoredEvent } from '../truth.ts';

const lengths = { minute: 16, hour: 13, day: 10 } as const;

const totals = (rows: Iterable<{ at: string; calls: number; rows: number; amountMicros: bigint }>) => {
  const sums = new Map<string, { calls: number; rows: number; amountMicros: bigint }>();
  for (const { at, ...more } of rows) {
    const sum = sums.get(at) ?? { calls: 0, rows: 0, amountMicros: 0n };
    sums.set(at, {
      calls: sum.calls + more.calls,
      rows: sum.rows + more.rows,
      amountMicros: sum.amountMicros + more.amountMicros,
    });
  }
  return sums;
};

const eventTotals = (events: readonly StoredEvent[], length: number) =>
  totals(
    events.map(({ accountId, minute, model, keyId, rowCount, amountMicros }) => ({
      at: [accountId, minute.slice(0, length), model, keyId].join(' '),
      calls: 1,
      rows: rowCount,
      amountMicros,
    })),
  );

export const sumsAreEvents: Check = {
  name: 'sums-are-events',
  find: ({ truth, algorithm }) => {
    const faults: string[] = [];
    for (const granularity of algorithm.granularities) {
      const wanted = eventTotals(truth.events, lengths[granularity]);
      const stored = totals(
        truth.sums
          .filter(({ period }) => granularityOf(period) === granularity)
          .map((sum) => ({ ...sum, at: [sum.accountId, sum.period, sum.model, sum.keyId].join(' ') })),
      );
      const calls = (sums: typeof wanted) => [...sums.values()].reduce((count, sum) => count + sum.calls, 0);
      const wrong = [...new Set([...wanted.keys(), ...stored.keys()])].filter((at) => {
        const [one, other] = [wanted.get(at), stored.get(at)];
        return one?.calls !== other?.calls || one?.rows !== other?.rows || one?.amountMicros !== other?.amountMicros;
      });
      if (wrong.length === 0) continue;
      const off = calls(stored) - calls(wanted);
      const share = percent(Math.abs(off), calls(wanted));
      faults.push(
        `${wrong.length} ${granularity} sums tell ${calls(stored)} calls where there are ${calls(wanted)} events: ${share} ${off > 0 ? 'too many' : 'lost'}`,
      );
    }
    return faults.length === 0 ? undefined : faults.join('; ');
  },
};

// Charging, sealing and reading, in every order that chance brings, against a plain sum of the events.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChargePorts, chargeCall } from '../../../lambdas/billing/domain/charge-call.ts';
import { createMarks } from '../../../lambdas/billing/domain/marks.ts';
import { DEFAULT_TERMS } from '../../../lambdas/billing/domain/price-book.ts';
import { readUsage } from '../../../lambdas/billing/domain/read-usage.ts';
import { sealDue } from '../../../lambdas/billing/domain/seal.ts';
import type { UsageTotal } from '../../../lambdas/billing/domain/usage-sum.ts';
import { CONSUMER, chargeRequest, free, inferenceIdAt } from './charge-request.ts';
import { MemoryBilling } from './memory-billing.ts';

const startMs = Date.parse('2026-11-22T22:57:00Z');
const FUNDS = 1_000_000n;

const setup = () => {
  const clock = { nowMs: startMs };
  const billing = new MemoryBilling();
  billing.fund(CONSUMER, FUNDS);
  const environment = (): ChargePorts => ({
    charges: billing.charges,
    keys: billing.keyStore,
    open: createMarks(billing.open.mark),
    terms: () => DEFAULT_TERMS,
    newInferenceId: inferenceIdAt,
    newToken: () => 'token',
    clock: () => clock.nowMs,
    random: () => 0,
    sleep: async () => {},
  });
  const environments = [environment(), environment()];
  const seal = () =>
    sealDue(billing, { nowMs: clock.nowMs, deadlineMs: Number.POSITIVE_INFINITY, clock: () => clock.nowMs });
  const sealUntil = async (writes: number) => {
    let left = writes;
    billing.beforeWrite = () => {
      if (left-- <= 0) throw new Error('killed');
    };
    await seal().catch(() => {});
    billing.beforeWrite = () => {};
  };
  const usage = async (byHour: boolean): Promise<UsageTotal> => {
    const span = { fromMs: Date.parse('2026-11-22T00:00Z'), toMs: Date.parse('2026-12-01T00:00Z') };
    const sums = await readUsage(billing, { accountId: CONSUMER, span, byHour });
    return sums.reduce(
      (total, sum) => ({
        calls: total.calls + sum.calls,
        rows: total.rows + sum.rows,
        amountMicros: total.amountMicros + sum.amountMicros,
      }),
      { calls: 0, rows: 0, amountMicros: 0n },
    );
  };
  /** What counts for models of the events in minutes without a marker: all of it was told, and nothing else. */
  const expectTold = () => {
    const sealed = [...billing.events.values()].filter(
      ({ event, minute }) =>
        !billing.markers.has(`${event.accountId} ${minute}`) && event.accountId !== event.ownerAccountId,
    );
    const told = billing.told.flatMap(({ models }) => models);
    const sum = (of: 'calls' | 'rows') => told.reduce((all, one) => all + one[of], 0);
    // What was told of a minute whose marker a killed run did not drop is told already.
    const early = billing.told.filter(({ accountId, minute }) => billing.markers.has(`${accountId} ${minute}`));
    const earlyOf = (of: 'calls' | 'rows') =>
      early.flatMap(({ models }) => models).reduce((all, one) => all + one[of], 0);
    expect(sum('calls') - earlyOf('calls')).toBe(sealed.length);
    expect(sum('rows') - earlyOf('rows')).toBe(sealed.reduce((rows, { event }) => rows + event.rowCount, 0));
  };
  return { clock, billing, environments, seal, sealUntil, usage, expectTold };
};

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('charge' as const),
      where: fc.nat(1),
      rows: fc.nat(5),
      paid: fc.boolean(),
      own: fc.boolean(),
      ageMs: fc.constantFrom(0, 20_000, 59_000, 61_000, 200_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(10_000, 60_000, 125_000, 600_000, 3_600_000, 86_400_000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('seal' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('twice' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('killed' as const), writes: fc.nat(6) }) },
);

describe('usage', () => {
  it('is the sum of the events and the fall of the balance at every moment', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
        const { clock, billing, environments, seal, sealUntil, usage, expectTold } = setup();
        for (const next of steps) {
          if (next.do === 'wait') clock.nowMs += next.ms;
          if (next.do === 'seal') {
            // A read beside it sees either side of each step, and the same numbers.
            const before = await usage(false);
            const [beside] = await Promise.all([usage(false), seal()]);
            expect(beside).toEqual(before);
          }
          if (next.do === 'twice') await Promise.all([seal(), seal()]);
          if (next.do === 'killed') await sealUntil(next.writes);
          if (next.do === 'charge') {
            const request = chargeRequest(clock.nowMs - next.ageMs, {
              rowCount: next.rows,
              ...(next.paid ? {} : { price: free }),
              ...(next.own ? { ownerAccountId: CONSUMER } : {}),
            });
            await chargeCall(environments[next.where] as ChargePorts, request);
          }
          const events = [...billing.events.values()].map(({ event }) => event);
          const expected = {
            calls: events.length,
            rows: events.reduce((rows, event) => rows + event.rowCount, 0),
            amountMicros: events.reduce((sum, event) => sum + event.amountMicros, 0n),
          };
          expect(await usage(false)).toEqual(expected);
          expect(await usage(true)).toEqual(expected);
          expect(FUNDS - (billing.money.get(CONSUMER)?.avail ?? 0n)).toBe(expected.amountMicros);
          expectTold();
        }
      }),
      { numRuns: 80 },
    );
  });
});

describe('the sealer', () => {
  it('makes a charge that is under way take a new id, and counts it once', async () => {
    const { clock, billing, environments, seal, usage } = setup();
    const [environment] = environments;
    if (!environment) throw new Error('no environment');
    let sentCount = 0;
    const charges: ChargePorts['charges'] = {
      commit: async (charge) => {
        if (sentCount++ === 0) {
          // Held up on its way for longer than anybody promised.
          clock.nowMs += 300_000;
          await seal();
        }
        return billing.charges.commit(charge);
      },
    };
    const request = chargeRequest(clock.nowMs);
    const record = await chargeCall({ ...environment, charges }, request);
    expect(record.inferenceId).not.toBe(request.inferenceId);
    expect([...billing.events.values()].map(({ minute }) => minute)).toEqual(['2026-11-22T23:02']);
    expect(await usage(false)).toEqual({ calls: 1, rows: 3, amountMicros: 230n });
  });

  it('tells only what is new when a minute that was told is counted again', async () => {
    const { clock, billing, environments, seal, expectTold } = setup();
    const charge = () => chargeCall(environments[0] as ChargePorts, chargeRequest(clock.nowMs, { price: free }));
    await charge();
    clock.nowMs += 240_000;
    await seal();
    const [sealed] = billing.told;
    // A free call that no fence holds, and whoever marks its minute once more.
    const [known] = billing.events.values();
    if (!known) throw new Error('no event');
    billing.events.set('late', known);
    await billing.open.mark(CONSUMER, '2026-11-22T22:57');
    await Promise.all([seal(), seal()]);
    await billing.open.mark(CONSUMER, '2026-11-22T22:57');
    await seal();
    expect(billing.told).toEqual([sealed, sealed]);
    expectTold();
  });

  it('leaves a minute open until two minutes after its end', async () => {
    const { clock, environments, seal } = setup();
    await chargeCall(environments[0] as ChargePorts, chargeRequest(clock.nowMs));
    clock.nowMs = startMs + 60_000 + 119_999;
    expect(await seal()).toEqual({ dueCount: 0, sealedCount: 0 });
    clock.nowMs += 1;
    expect(await seal()).toEqual({ dueCount: 1, sealedCount: 1 });
  });

  it('ends with one sum for the day and no marker', async () => {
    const { clock, billing, environments, seal } = setup();
    await chargeCall(environments[0] as ChargePorts, chargeRequest(clock.nowMs));
    clock.nowMs += 2 * 86_400_000;
    await seal();
    expect(billing.markers.size).toBe(0);
    expect([...billing.stored.values()].map(({ period, calls }) => ({ period, calls }))).toEqual([
      { period: '2026-11-22T22:57', calls: 1 },
      { period: '2026-11-22T22', calls: 1 },
      { period: '2026-11-22', calls: 1 },
    ]);
  });

  it('does not seal an hour while one of its minutes is open', async () => {
    const { clock, billing, environments, seal } = setup();
    await chargeCall(environments[0] as ChargePorts, chargeRequest(clock.nowMs));
    clock.nowMs += 3_600_000;
    const minute = `${CONSUMER} 2026-11-22T22:57`;
    const due = billing.open.due;
    // The index has not shown the minute yet.
    const lagging = {
      ...billing.open,
      due: async (last: string, limit: number) => (await due(last, limit)).filter(({ period }) => period.length < 16),
    };
    await sealDue(
      { ...billing, wallets: billing.wallets, usage: billing.usage, open: lagging },
      { nowMs: clock.nowMs, deadlineMs: Number.POSITIVE_INFINITY, clock: () => 0 },
    );
    expect(billing.markers.has(minute)).toBe(true);
    expect(billing.stored.size).toBe(0);
    await seal();
    expect(billing.markers.has(minute)).toBe(false);
    expect([...billing.stored.keys()]).toContain(`${CONSUMER} 2026-11-22T22#acme.iris#-`);
  });

  it('begins nothing after its deadline, and the next run goes on', async () => {
    const { clock, billing, environments, seal } = setup();
    await chargeCall(environments[0] as ChargePorts, chargeRequest(clock.nowMs));
    clock.nowMs += 240_000;
    const late = await sealDue(billing, { nowMs: clock.nowMs, deadlineMs: clock.nowMs, clock: () => clock.nowMs });
    expect(late).toEqual({ dueCount: 1, sealedCount: 0 });
    expect(billing.stored.size).toBe(0);
    expect(await seal()).toEqual({ dueCount: 1, sealedCount: 1 });
  });

  it('goes on with other accounts when one fails, and tells of it', async () => {
    const { clock, billing, environments } = setup();
    const other = 'acc_01JDA8Z5V4W1T4E5R6T7Y8V9P9';
    await chargeCall(environments[0] as ChargePorts, chargeRequest(clock.nowMs));
    await chargeCall(environments[0] as ChargePorts, chargeRequest(clock.nowMs, { accountId: other, price: free }));
    clock.nowMs += 240_000;
    const usage = {
      ...billing.usage,
      eventSums: async (accountId: string, minute: string) => {
        if (accountId === CONSUMER) throw new Error('unreadable');
        return billing.usage.eventSums(accountId, minute);
      },
    };
    const run = sealDue(
      { wallets: billing.wallets, open: billing.open, usage },
      { nowMs: clock.nowMs, deadlineMs: Number.POSITIVE_INFINITY, clock: () => 0 },
    );
    await expect(run).rejects.toThrow('1 of 2 periods were not sealed');
    expect(billing.markers.has(`${other} 2026-11-22T22:57`)).toBe(false);
    expect(billing.markers.has(`${CONSUMER} 2026-11-22T22:57`)).toBe(true);
  });
});

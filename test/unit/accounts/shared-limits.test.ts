// One limit that many environments share: the bound of what is let through, and that little of the limit is wasted.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RateLimit } from '../../../lambdas/shared/platform/caller.ts';
import { callerWith, environment, excessOf, memoryLeases } from '../../support/environments.ts';

const START_MS = Date.UTC(2026, 10, 23, 20, 46);

/** Numbers in [0, 1) that depend on the seed alone (mulberry32). */
const random = (seed: number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
};

describe('one limit, many environments', () => {
  /** Every environment calls at its own pace, in bursts and pauses, its own clock off by some. */
  const simulate = async (run: {
    limit: RateLimit;
    environmentCount: number;
    clocksApartMs: number;
    seconds: number;
    seed: number;
  }) => {
    const chance = random(run.seed);
    const leases = memoryLeases();
    let nowMs = START_MS;
    const places = Array.from({ length: run.environmentCount }, () => {
      const offMs = Math.floor(chance() * (run.clocksApartMs + 1));
      return { call: environment(leases, () => nowMs + offMs), nextMs: START_MS + chance() * 2_000, paceMs: 0 };
    });
    const admitted: number[] = [];
    let refused = 0;
    while (true) {
      const place = places.reduce((a, b) => (b.nextMs < a.nextMs ? b : a));
      if (place.nextMs > START_MS + run.seconds * 1000) break;
      nowMs = Math.floor(place.nextMs);
      const { refusal } = await place.call(callerWith(run.limit));
      if (refusal) refused++;
      else admitted.push(nowMs);
      // Sometimes a new pace: from idle for seconds to a call a millisecond.
      if (place.paceMs === 0 || chance() < 0.02) place.paceMs = 10 ** (chance() * 3.5);
      place.nextMs += Math.max(1, place.paceMs * chance() * 2);
    }
    return { admitted, refused, asked: leases.asked };
  };

  it('never let through more than the stated bound, in any window', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          limit: fc.record({ calls: fc.integer({ min: 1, max: 120 }), windowSeconds: fc.integer({ min: 1, max: 10 }) }),
          environmentCount: fc.integer({ min: 1, max: 40 }),
          clocksApartMs: fc.constantFrom(0, 0, 50, 700),
          seconds: fc.constant(6),
          seed: fc.integer(),
        }),
        async (run) => {
          const { admitted } = await simulate(run);
          expect(excessOf(admitted, run.limit, run)).toBeLessThanOrEqual(0);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('are held to the limit at all: the bound is near, and would be exceeded without them', async () => {
    const run = {
      limit: { calls: 50, windowSeconds: 1 },
      environmentCount: 20,
      clocksApartMs: 0,
      seconds: 10,
      seed: 7,
    };
    const { admitted, refused } = await simulate(run);
    expect(refused).toBeGreaterThan(0);
    // At least nine tenths of what the rate gives: leases that lapse waste little of it.
    expect(admitted.length).toBeGreaterThan(0.9 * 50 * 10);
    const half = { ...run.limit, calls: run.limit.calls / 2 };
    expect(excessOf(admitted, half, run)).toBeGreaterThan(0);
  });

  it('leave the limit to the one that is busy while the others are idle', async () => {
    const shared = { calls: 100, windowSeconds: 1 };
    const leases = memoryLeases();
    let nowMs = START_MS;
    const idle = Array.from({ length: 50 }, () => environment(leases, () => nowMs));
    const busy = environment(leases, () => nowMs);
    let admitted = 0;
    for (; nowMs < START_MS + 10_000; nowMs += 5) {
      // One idle environment after the other makes a call, each about every ten seconds.
      if (nowMs % 200 === 0) await idle[(nowMs / 200) % 50]?.(callerWith(shared));
      if (!(await busy(callerWith(shared))).refusal) admitted++;
    }
    // 1000 come in 10 s, 50 of which the others use.
    expect(admitted).toBeGreaterThan(900);
  });

  it('cannot be saved up: leases that were gathered one after the other are not spent all at once', async () => {
    const limit = { calls: 100, windowSeconds: 1 };
    const leases = memoryLeases();
    let nowMs = START_MS;
    const places = Array.from({ length: 20 }, () => environment(leases, () => nowMs));
    const admitted: number[] = [];
    const callAll = async (call: ReturnType<typeof environment>, count: number) => {
      for (let made = 0; made < count; made++) if (!(await call(callerWith(limit))).refusal) admitted.push(nowMs);
    };
    for (const place of places) {
      // A quick run of calls, and a lease of as many again is in hand, when the next environment takes its turn.
      await callAll(place, 38);
      nowMs += 1_000;
    }
    for (const place of places) await callAll(place, 50);
    expect(admitted.length).toBeGreaterThan(20 * 38);
    expect(excessOf(admitted, limit, { environmentCount: places.length })).toBeLessThanOrEqual(0);
  });
});

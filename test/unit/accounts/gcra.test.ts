import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  carriedOver,
  freeAtUs,
  intervalUs,
  policyOf,
  roomAt,
  takeCalls,
} from '../../../lambdas/accounts/domain/gcra.ts';
import type { RateLimit } from '../../../lambdas/shared/platform/caller.ts';

/** The twin: a bucket of tokens in exact fractions, a token being `interval` parts; parts come in one a microsecond. */
class Bucket {
  readonly #full: bigint;
  readonly #interval: bigint;
  #parts: bigint;
  #atUs: bigint | undefined;

  constructor(limit: RateLimit) {
    this.#interval = BigInt(intervalUs(limit));
    this.#full = BigInt(limit.calls) * this.#interval;
    this.#parts = this.#full;
  }

  take(nowUs: number, count: number): number {
    const now = BigInt(nowUs);
    const grown = this.#parts + (this.#atUs === undefined ? 0n : now - this.#atUs);
    this.#parts = grown > this.#full ? this.#full : grown;
    this.#atUs = now;
    const whole = this.#parts / this.#interval;
    const granted = whole < BigInt(count) ? whole : BigInt(count);
    this.#parts -= granted * this.#interval;
    return Number(granted);
  }
}

const START_US = Date.UTC(2026, 10, 23) * 1000;
const limits = fc.record({ calls: fc.integer({ min: 1, max: 5_000 }), windowSeconds: fc.integer({ min: 1, max: 60 }) });
const steps = fc.array(
  fc.record({ waitUs: fc.oneof(fc.nat(2_000), fc.nat(5_000_000)), count: fc.integer({ min: 1, max: 40 }) }),
  { maxLength: 60 },
);

describe('GCRA', () => {
  it('grants exactly what a bucket of tokens grants', () => {
    fc.assert(
      fc.property(limits, steps, (limit, moves) => {
        const bucket = new Bucket(limit);
        let tatUs: number | undefined;
        let nowUs = START_US;
        for (const { waitUs, count } of moves) {
          nowUs += waitUs;
          const taken = takeCalls(tatUs, nowUs, { count, owed: 0 }, limit);
          expect(taken.granted).toBe(bucket.take(nowUs, count));
          tatUs = taken.tatUs;
        }
      }),
      { numRuns: 300 },
    );
  });

  it('grants one by one what it grants at once', () => {
    fc.assert(
      fc.property(limits, fc.integer({ min: 1, max: 60 }), fc.nat(3_000_000), (limit, count, aheadUs) => {
        let tatUs = START_US + aheadUs;
        const atOnce = takeCalls(tatUs, START_US, { count, owed: 0 }, limit);
        let granted = 0;
        for (let one = 0; one < count; one++) {
          const taken = takeCalls(tatUs, START_US, { count: 1, owed: 0 }, limit);
          granted += taken.granted;
          tatUs = taken.tatUs;
        }
        expect([granted, tatUs]).toEqual([atOnce.granted, atOnce.granted === 0 ? tatUs : atOnce.tatUs]);
      }),
    );
  });

  it('has no room until the instant that it names, and room from then on', () => {
    fc.assert(
      fc.property(limits, fc.nat(60_000_000), (limit, aheadUs) => {
        const tatUs = START_US + aheadUs;
        const freeUs = freeAtUs(tatUs, limit);
        if (freeUs > START_US) expect(roomAt(tatUs, freeUs - 1, limit)).toBe(0);
        expect(roomAt(tatUs, Math.max(START_US, freeUs), limit)).toBeGreaterThanOrEqual(1);
      }),
    );
  });

  it('takes what another limit counted for no more than the whole of the one in force', () => {
    fc.assert(
      fc.property(limits, limits, fc.integer({ min: -1_000_000, max: 7_200_000_000 }), (before, limit, aheadUs) => {
        const tatUs = START_US + aheadUs;
        const fullUs = START_US + limit.calls * intervalUs(limit);
        const same = policyOf(before) === policyOf(limit);
        expect(carriedOver({ tatUs, policy: policyOf(before) }, START_US, limit)).toBe(
          same ? tatUs : Math.min(tatUs, fullUs),
        );
        // Nothing is let off under the same limit: what was made on credit is paid back.
        expect(carriedOver({ tatUs, policy: policyOf(limit) }, START_US, limit)).toBe(tatUs);
        const over = carriedOver({ tatUs, policy: undefined }, START_US, limit);
        expect(roomAt(over, START_US + intervalUs(limit), limit)).toBeGreaterThanOrEqual(1);
      }),
    );
  });

  it('counts a call that was made already though there is no room', () => {
    const limit = { calls: 2, windowSeconds: 1 };
    const full = START_US + 1_000_000;
    expect(takeCalls(full, START_US, { count: 1, owed: 0 }, limit)).toEqual({ granted: 0, tatUs: full });
    expect(takeCalls(full, START_US, { count: 3, owed: 1 }, limit)).toEqual({ granted: 1, tatUs: full + 500_000 });
  });
});

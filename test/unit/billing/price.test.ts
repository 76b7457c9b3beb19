import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_PUBLISHER_SHARE_BPS, feeOf, grossOf, legsOf } from '../../../lambdas/billing/domain/price.ts';
import { parseRate } from '../../../lambdas/shared/kernel/money.ts';
import { CONSUMER, PUBLISHER } from './charge-request.ts';

const price = (perCallMicros: string, perRowMicros: string) => ({ perCallMicros, perRowMicros, version: 1 });
const rates = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 12n }), fc.integer({ min: 0, max: 999_999 }))
  .map(([whole, fraction]) => `${whole}.${String(fraction).padStart(6, '0')}`);
const rowCounts = fc.integer({ min: 0, max: 2 ** 40 });
const bps = fc.integer({ min: 0, max: 10_000 });

describe('the gross price of a call', () => {
  it.each([
    { perCall: '200', perRow: '10', rows: 3, micros: 230n, why: 'whole rates' },
    { perCall: '200', perRow: '10', rows: 0, micros: 200n, why: 'zero rows pay the call alone' },
    { perCall: '0', perRow: '0.25', rows: 4, micros: 1n, why: 'fractions that add up are not rounded' },
    { perCall: '0', perRow: '0.25', rows: 5, micros: 2n, why: 'the sum is rounded up' },
    { perCall: '0.000001', perRow: '0', rows: 1, micros: 1n, why: 'the least rate is a micro' },
    { perCall: '0.4', perRow: '0.4', rows: 1, micros: 1n, why: 'it is rounded once, not per rate' },
    { perCall: '0', perRow: '0', rows: 1_000, micros: 0n, why: 'free is free' },
    { perCall: '999999999999999', perRow: '0.000001', rows: 1, micros: 10n ** 15n, why: 'no float is near' },
  ])('is $micros for $rows rows at $perCall + $perRow: $why', ({ perCall, perRow, rows, micros }) => {
    expect(grossOf(price(perCall, perRow), rows)).toBe(micros);
  });

  it('is never below the exact price and less than one micro above it', () => {
    fc.assert(
      fc.property(rates, rates, rowCounts, (perCall, perRow, rows) => {
        const exact = parseRate(perCall) + parseRate(perRow) * BigInt(rows);
        const over = grossOf(price(perCall, perRow), rows) * 1_000_000n - exact;
        expect(over >= 0n && over < 1_000_000n).toBe(true);
      }),
    );
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses %s rows', (rows) => {
    expect(() => grossOf(price('1', '1'), rows)).toThrow(RangeError);
  });
});

describe('the legs of a call', () => {
  it('sum to zero, whoever calls, and give nobody a negative share', () => {
    fc.assert(
      fc.property(rates, rates, rowCounts, bps, fc.boolean(), (perCall, perRow, rowCount, shareBps, own) => {
        const request = { accountId: own ? PUBLISHER : CONSUMER, ownerAccountId: PUBLISHER, rowCount };
        const legs = legsOf({ ...request, price: price(perCall, perRow) }, shareBps);
        expect(legs.consumer + legs.publisher + legs.platform).toBe(0n);
        expect(legs.publisher >= 0n && legs.platform >= 0n).toBe(true);
      }),
    );
  });

  it('give the publisher its share rounded down, and the platform the rest', () => {
    const request = { accountId: CONSUMER, ownerAccountId: PUBLISHER, price: price('1', '0'), rowCount: 1 };
    expect(legsOf(request, DEFAULT_PUBLISHER_SHARE_BPS)).toEqual({ consumer: -1n, publisher: 0n, platform: 1n });
    expect(legsOf({ ...request, price: price('230', '0') }, 8_000)).toEqual({
      consumer: -230n,
      publisher: 184n,
      platform: 46n,
    });
  });

  it('charge an owner that calls its own model the platform’s part alone', () => {
    const own = { accountId: PUBLISHER, ownerAccountId: PUBLISHER, price: price('230', '0'), rowCount: 1 };
    expect(legsOf(own, 8_000)).toEqual({ consumer: -46n, publisher: 0n, platform: 46n });
  });
});

describe('the compute fee', () => {
  const none = { accountId: CONSUMER, ownerAccountId: PUBLISHER, price: price('0', '0'), rowCount: 1 };
  const compute = (perGbSecondMicros: string, memoryMiB: number, ms: number) => ({ perGbSecondMicros, memoryMiB, ms });
  const memories = fc.integer({ min: 0, max: 10_240 });
  const times = fc.integer({ min: 0, max: 900_000 });

  it.each([
    { rate: '13.3334', memoryMiB: 2048, ms: 1_000, micros: 27n, why: '26.6668 are rounded up' },
    { rate: '1000', memoryMiB: 1024, ms: 1_000, micros: 1_000n, why: '1024 MiB for 1000 ms are a GB·s' },
    { rate: '1000', memoryMiB: 1024, ms: 1, micros: 1n, why: 'a thousandth of it' },
    { rate: '1000', memoryMiB: 1025, ms: 1_000, micros: 1_001n, why: 'the least memory more' },
    { rate: '0.000001', memoryMiB: 1, ms: 1, micros: 1n, why: 'the least there can be' },
    { rate: '13.3334', memoryMiB: 2048, ms: 0, micros: 0n, why: 'no time' },
    {
      rate: '999999999999999',
      memoryMiB: 10_240,
      ms: 900_000,
      micros: 8_999_999_999_999_991_000n,
      why: 'no float is near',
    },
  ])('is $micros for $ms ms in $memoryMiB MiB at $rate: $why', ({ rate, memoryMiB, ms, micros }) => {
    expect(feeOf(compute(rate, memoryMiB, ms))).toBe(micros);
    const legs = legsOf({ ...none, compute: compute(rate, memoryMiB, ms) }, 8_000);
    expect(legs).toEqual({ consumer: -micros, publisher: 0n, platform: 0n, compute: micros });
  });

  it('is rounded up once together with the price, and leaves the publisher’s share as it is without', () => {
    fc.assert(
      fc.property(rates, rates, rates, rowCounts, bps, memories, times, fc.boolean(), (...drawn) => {
        const [perCall, perRow, fee, rowCount, shareBps, memoryMiB, ms, own] = drawn;
        const call = { ...none, accountId: own ? PUBLISHER : CONSUMER, price: price(perCall, perRow), rowCount };
        const without = legsOf(call, shareBps);
        const legs = legsOf({ ...call, compute: compute(fee, memoryMiB, ms) }, shareBps);
        expect([legs.publisher, legs.platform]).toEqual([without.publisher, without.platform]);
        expect(legs.consumer + legs.publisher + legs.platform + (legs.compute ?? 0n)).toBe(0n);
        // As one exact sum over one denominator.
        const exactPrice = parseRate(perCall) + parseRate(perRow) * BigInt(rowCount);
        const exact = exactPrice * 1_024_000n + parseRate(fee) * BigInt(memoryMiB) * BigInt(ms);
        const scale = 1_000_000n * 1_024_000n;
        const total = grossOf(call.price, rowCount) + (legs.compute ?? 0n);
        expect(total * scale >= exact && (total - 1n) * scale < exact).toBe(true);
        expect((legs.compute ?? 0n) >= 0n).toBe(true);
      }),
    );
  });

  it('is all that a call costs whose run took too long', () => {
    const call = { ...none, price: price('230', '10'), rowCount: 0, compute: compute('1000', 2048, 500) };
    expect(legsOf({ ...call, outcome: 'timed_out' }, 8_000)).toEqual({
      consumer: -1_000n,
      publisher: 0n,
      platform: 0n,
      compute: 1_000n,
    });
  });

  it.each([
    { memoryMiB: -1, ms: 1 },
    { memoryMiB: 2048, ms: 0.5 },
    { memoryMiB: 2048, ms: Number.NaN },
  ])('refuses $ms ms in $memoryMiB MiB', ({ memoryMiB, ms }) => {
    expect(() => feeOf(compute('1', memoryMiB, ms))).toThrow(RangeError);
  });
});

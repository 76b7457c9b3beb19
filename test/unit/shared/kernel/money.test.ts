import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatMicros,
  isMicros,
  isRate,
  parseMicros,
  parseRate,
  roundUpToMicros,
  shareOf,
} from '../../../../lambdas/shared/kernel/money.ts';

const micros = fc.bigInt({ min: -(10n ** 18n) + 1n, max: 10n ** 18n - 1n });
const amount = fc.bigInt({ min: 0n, max: 10n ** 30n });

describe('micros on the wire', () => {
  it('come back exactly as they went out', () => {
    fc.assert(
      fc.property(micros, (value) => {
        expect(parseMicros(formatMicros(value))).toBe(value);
      }),
    );
  });

  it.each(['', ' 1', '1 ', '1.0', '1e3', '0x1', '01', '+1', '-', '--1', '1_000', '١', '1000000000000000000', '1\n'])(
    'are refused when they are no plain integer of at most 18 digits: %j',
    (text) => {
      expect(isMicros(text)).toBe(false);
      expect(() => parseMicros(text)).toThrow(RangeError);
    },
  );

  it('have one spelling of zero', () => {
    expect(isMicros('0')).toBe(true);
    expect(isMicros('-0')).toBe(false);
  });
});

describe('a rate', () => {
  it.each([
    { text: '0', scaled: 0n },
    { text: '0.25', scaled: 250_000n },
    { text: '0.000001', scaled: 1n },
    { text: '10', scaled: 10_000_000n },
    { text: '999999999999999.999999', scaled: 10n ** 21n - 1n },
  ])('$text is $scaled millionths of a micro', ({ text, scaled }) => {
    expect(parseRate(text)).toBe(scaled);
  });

  it.each(['', '-1', '1.', '.5', '0.0000001', '00.5', '1,5', '1e-3', '1000000000000000', 'NaN', 'Infinity', '1\n'])(
    'is refused: %j',
    (text) => {
      expect(isRate(text)).toBe(false);
      expect(() => parseRate(text)).toThrow(RangeError);
    },
  );

  it('is read without ever passing through a float', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 21n - 1n }), (scaled) => {
        const fraction = (scaled % 1_000_000n).toString().padStart(6, '0');
        expect(parseRate(`${scaled / 1_000_000n}.${fraction}`)).toBe(scaled);
      }),
    );
  });
});

describe('rounding up', () => {
  it('gives the smallest whole number of micros that is not less', () => {
    fc.assert(
      fc.property(amount, (scaled) => {
        const rounded = roundUpToMicros(scaled);
        expect(rounded * 1_000_000n >= scaled).toBe(true);
        expect((rounded - 1n) * 1_000_000n < scaled).toBe(true);
      }),
    );
  });

  it('charges nothing for nothing, and one micro for the least of all rates', () => {
    expect(roundUpToMicros(0n)).toBe(0n);
    expect(roundUpToMicros(1n)).toBe(1n);
  });
});

describe('a share', () => {
  it('and the rest make the whole, and no party gets more than its part', () => {
    fc.assert(
      fc.property(amount, fc.integer({ min: 0, max: 10_000 }), (whole, bps) => {
        const part = shareOf(whole, bps);
        expect(part >= 0n && part <= whole).toBe(true);
        expect(part * 10_000n <= whole * BigInt(bps)).toBe(true);
        expect((part + 1n) * 10_000n > whole * BigInt(bps)).toBe(true);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatFloat32s } from '../../../../lambdas/inference/domain/format-floats.ts';

const readBack = (text: string): number[] =>
  (JSON.parse(text) as (number | string)[]).map((value) => Math.fround(Number(value)));

/** Float32s by their bits, so that all magnitudes come up. */
const anyFloat = fc.integer({ min: 0, max: 2 ** 32 - 1 }).map((bits) => {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits);
  return view.getFloat32(0);
});
const everyday = fc.float({ min: Math.fround(-1e7), max: Math.fround(1e7), noNaN: true });

describe('floats as JSON', () => {
  it('are read back bit for bit, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(anyFloat, everyday), { maxLength: 50 }), (values) => {
        const floats = Float32Array.from(values);
        const back = readBack(formatFloat32s(floats));
        expect(back).toHaveLength(floats.length);
        for (const [index, value] of floats.entries()) expect(Object.is(back[index], value)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  it('of a whole binade are read back bit for bit: 65,536 neighbours below 1', () => {
    const bits = Uint32Array.from({ length: 65_536 }, (_, index) => 0x3f7f_0000 + index);
    const floats = new Float32Array(bits.buffer);
    expect(readBack(formatFloat32s(floats))).toEqual([...floats]);
  });

  it.each([
    { values: [], text: '[]' },
    { values: [0.1, 0.5, 1, -1, 123456.789], text: '[0.1,0.5,1,-1,123456.789]' },
    { values: [9_999_999, 10_000_000, 16_777_216], text: '[9999999,10000000,16777216]' },
    { values: [0, -0], text: '[0,-0.0]' },
    {
      values: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
      text: '["NaN","Infinity","-Infinity"]',
    },
    { values: [1e-5 * 1.01, 0.00123], text: '[0.0000101,0.00123]' },
  ])('$values are $text', ({ values, text }) => {
    expect(formatFloat32s(Float32Array.from(values))).toBe(text);
  });

  it('of an answer larger than what is kept are all there', () => {
    const floats = Float32Array.from({ length: 20_000 }, (_, index) => index / 7);
    expect(readBack(formatFloat32s(floats))).toEqual([...floats]);
  });
});

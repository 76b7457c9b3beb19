// Classes in place of an output: the highest values, as Triton's clients read them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classify } from '../../../../lambdas/inference/domain/classify.ts';
import { readStrings } from '../../../../lambdas/inference/domain/tensor.ts';
import type { Datatype } from '../../../../lambdas/shared/onnx/signature.ts';

const bytes = (values: ArrayBufferView) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

const classes = (
  datatype: Datatype,
  values: ArrayBufferView,
  { shape, declared = shape, count }: { shape: number[]; declared?: number[]; count: number },
) => {
  const made = classify({ name: 'y', datatype, shape, data: bytes(values) }, { shape: declared }, count);
  expect(made).toMatchObject({ name: 'y', datatype: 'BYTES' });
  return { shape: made.shape, texts: readStrings(made.data) };
};

describe('classification', () => {
  it('gives the highest values of each row of a batch, highest first', () => {
    const values = Float32Array.of(0.1, 0.7, 0.2, 3, 1, 2);
    expect(classes('FP32', values, { shape: [2, 3], declared: [-1, 3], count: 2 })).toEqual({
      shape: [2, 2],
      texts: ['0.7:1', '0.2:2', '3:0', '2:2'],
    });
  });

  it('takes an output of fixed sizes, and one of one dimension, as one row', () => {
    const values = Int32Array.of(1, 5, 10, 4);
    expect(classes('INT32', values, { shape: [4], count: 2 })).toEqual({ shape: [2], texts: ['10:2', '5:1'] });
    expect(classes('INT32', values, { shape: [4], declared: [-1], count: 1 }).texts).toEqual(['10:2']);
    expect(classes('INT32', values, { shape: [2, 2], count: 9 })).toEqual({
      shape: [4],
      texts: ['10:2', '5:1', '4:3', '1:0'],
    });
  });

  it('gives equal values by their index and NaN last', () => {
    const values = Float64Array.of(Number.NaN, 1, Infinity, 1, -Infinity);
    expect(classes('FP64', values, { shape: [5], count: 5 }).texts).toEqual([
      'Infinity:2',
      '1:1',
      '1:3',
      '-Infinity:4',
      'NaN:0',
    ]);
  });

  it.each([
    { datatype: 'INT64', values: BigInt64Array.of(-1n, 2n ** 53n + 1n), first: '9007199254740993:1' },
    { datatype: 'UINT64', values: BigUint64Array.of(2n ** 64n - 1n, 0n), first: '18446744073709551615:0' },
    { datatype: 'UINT8', values: Uint8Array.of(0, 255), first: '255:1' },
    { datatype: 'FP16', values: Uint16Array.of(0x3c00, 0x4248), first: '3.140625:1' },
    { datatype: 'FP16', values: Uint16Array.of(0xfc00, 0x8001), first: `${-(2 ** -24)}:1` },
    { datatype: 'FP32', values: Float32Array.of(1e-9, -1), first: '1e-9:0' },
  ] as const)('says each value exactly: $datatype $first', ({ datatype, values, first }) => {
    expect(classes(datatype, values, { shape: [2], count: 1 }).texts).toEqual([first]);
  });

  it('has no rows where the batch has none, and no classes where a row has none', () => {
    expect(classes('FP32', new Float32Array(0), { shape: [0, 3], declared: [-1, 3], count: 2 })).toEqual({
      shape: [0, 2],
      texts: [],
    });
    expect(classes('FP32', new Float32Array(0), { shape: [2, 0], declared: [-1, -1], count: 2 })).toEqual({
      shape: [2, 0],
      texts: [],
    });
  });

  it('orders values that are not numbers by their place, after all others', () => {
    const values = Float64Array.of(Number.NaN, 1, Number.NaN, 2, Number.NaN);
    const { texts } = classes('FP64', values, { shape: [5], count: 5 });
    expect(texts).toEqual(['2:3', '1:1', 'NaN:0', 'NaN:2', 'NaN:4']);
  });

  it('agrees with sorting all of a row, wide rows included', () => {
    const row = fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double()), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(row, fc.integer({ min: 1, max: 320 }), (values, count) => {
        const { texts } = classes('FP64', Float64Array.from(values), { shape: [values.length], count });
        const rank = (value: number) => (Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value);
        const expected = values
          .map((value, index) => ({ value, index }))
          .sort(
            (a, b) =>
              Number(Number.isNaN(a.value)) - Number(Number.isNaN(b.value)) ||
              (rank(a.value) === rank(b.value) ? a.index - b.index : rank(b.value) - rank(a.value)),
          )
          .slice(0, count)
          .map(({ value, index }) => `${value}:${index}`);
        expect(texts).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('reads back as the same float32', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const [text = ''] = classes('FP32', Float32Array.of(value), { shape: [1], count: 1 }).texts;
        expect(Math.fround(Number(text.split(':')[0])) + 0).toBe(value + 0);
      }),
    );
  });
});

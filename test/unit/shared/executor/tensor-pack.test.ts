import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBinary, toBinary } from '../../../../lambdas/shared/executor/prove/binary-tensor.ts';
import { packCalls, unpackCalls } from '../../../../lambdas/shared/executor/prove/tensor-pack.ts';

const tensors = [
  { datatype: 'FP32', shape: [3], data: Float32Array.of(1.5, Number.NaN, -0) },
  { datatype: 'FP64', shape: [2, 1], data: Float64Array.of(0.1, Infinity) },
  { datatype: 'INT64', shape: [1], data: BigInt64Array.of(-(2n ** 60n)) },
  { datatype: 'INT32', shape: [2], data: Int32Array.of(-1, 7) },
  { datatype: 'BOOL', shape: [1, 2], data: Uint8Array.of(0, 1) },
  { datatype: 'BYTES', shape: [3], data: ['', 'ä', '\ufeffx'] },
  { datatype: 'FP32', shape: [0, 4], data: new Float32Array(0) },
] as const;

const packed = () =>
  packCalls([
    { timed: true, tensors: tensors.map((tensor, index) => toBinary(`t${index}`, tensor)) },
    { timed: false, tensors: null },
    { timed: false, tensors: [] },
  ]);

describe('a pack of calls', () => {
  it.each([0, 1, 4])('comes back as it went, %i bytes off where numbers are aligned', (offset) => {
    const bytes = new Uint8Array(packed().length + offset).subarray(offset);
    bytes.set(packed());
    const calls = unpackCalls(bytes);
    expect(calls?.map(({ timed }) => timed)).toEqual([true, false, false]);
    expect(calls?.[0]?.tensors?.map(fromBinary)).toEqual(tensors);
    expect(calls?.[1]?.tensors).toBeNull();
    expect(calls?.[2]?.tensors).toEqual([]);
  });

  it('is none when cut short or grown anywhere', () => {
    const whole = packed();
    for (let length = 0; length < whole.length; length++) {
      expect(unpackCalls(whole.subarray(0, length))).toBeUndefined();
    }
    expect(unpackCalls(Buffer.concat([whole, Buffer.alloc(8)]))).toBeUndefined();
  });

  it('is read or refused, whatever the bytes', () => {
    const whole = packed();
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        const bytes = Uint8Array.from(whole);
        bytes[at] = byte;
        for (const call of unpackCalls(bytes) ?? []) for (const tensor of call.tensors ?? []) fromBinary(tensor);
      }),
      { seed: 20_261_124, numRuns: 3_000 },
    );
  });

  it('has tensors that are what they say, or are none', () => {
    const data = new Uint8Array(8);
    expect(fromBinary({ name: 'x', datatype: 'FP32', shape: [3], data })).toBeUndefined();
    expect(fromBinary({ name: 'x', datatype: 'FP16', shape: [4], data })).toBeUndefined();
    expect(fromBinary({ name: 'x', datatype: 'BYTES', shape: [1], data })).toBeUndefined();
    expect(
      fromBinary({ name: 'x', datatype: 'BYTES', shape: [1], data: Uint8Array.of(255, 255, 255, 255) }),
    ).toBeUndefined();
  });
});

// What a model is tried on: one of each, then larger, and never two sizes for one name.
import { describe, expect, it } from 'vitest';
import { exampleInputs, exampleShapes } from '../../../../lambdas/inference/domain/example-inputs.ts';
import type { Datatype, Signature } from '../../../../lambdas/shared/onnx/signature.ts';

type Dims = readonly (number | string | null)[];

const signatureOf = (...inputs: readonly Dims[]): Signature => ({
  inputs: inputs.map((dims, index) => ({
    name: `x${index}`,
    datatype: 'FP32' as Datatype,
    shape: dims.map((dim) => (typeof dim === 'number' ? dim : -1)),
    dims,
  })),
  outputs: [],
});

describe('example shapes', () => {
  it('are tried in this order: ones, longer sequences, larger images', () => {
    expect(exampleShapes(signatureOf(['n', 3, null, null])).map(([shape]) => shape)).toEqual([
      [1, 3, 1, 1],
      [1, 3, 1, 16],
      [1, 3, 1, 256],
      [1, 3, 1, 4096],
      [1, 3, 32, 32],
      [1, 3, 224, 224],
    ]);
  });

  it('leave the batch of a state at 1, whose last dimension is fixed', () => {
    expect(exampleShapes(signatureOf([null, null], [2, null, 128], []))).toContainEqual([[1, 256], [2, 1, 128], []]);
  });

  it('give dimensions of one name one size', () => {
    expect(exampleShapes(signatureOf(['n', 4], ['n']))).toEqual([
      [[1, 4], [1]],
      [[16, 4], [16]],
      [[256, 4], [256]],
      [[4096, 4], [4096]],
    ]);
  });

  it('are one where nothing is open', () => {
    expect(exampleShapes(signatureOf([2, 3]))).toEqual([[[2, 3]]]);
  });

  it('leave out what would be large, but for the first', () => {
    expect(exampleShapes(signatureOf(['n', 100_000_000, 'm']))).toEqual([[[1, 100_000_000, 1]]]);
  });
});

describe('example inputs', () => {
  it('are of those shapes, every element the same', () => {
    const [tensor] = exampleInputs(signatureOf(['n', 2]), [[3, 2]], 1);
    expect(tensor?.shape).toEqual([3, 2]);
    expect([...new Float32Array(Uint8Array.from(tensor?.data ?? []).buffer)]).toEqual([1, 1, 1, 1, 1, 1]);
  });
});

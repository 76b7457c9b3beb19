import { describe, expect, it } from 'vitest';
import { settleBatchInput, sharpen } from '../../../lambdas/registry/domain/settle-signature.ts';
import type { Signature, TensorSpec } from '../../../lambdas/shared/onnx/signature.ts';

const tensor = (name: string, dims: readonly (number | string | null)[]): TensorSpec => ({
  name,
  datatype: 'FP32',
  shape: dims.map((dim) => (typeof dim === 'number' ? dim : -1)),
  dims,
});
const signature: Signature = {
  inputs: [tensor('fixed', [1, 4]), tensor('open', ['n', 4]), tensor('other', [null]), tensor('scalar', [])],
  outputs: [tensor('y', ['n', null, 3])],
};

describe('the batch input', () => {
  it('is the first input whose dimension 0 is open, unless another is declared', () => {
    expect(settleBatchInput(signature, undefined)).toMatchObject({ signature: { batchInput: 'open' } });
    expect(settleBatchInput(signature, 'other')).toMatchObject({ signature: { batchInput: 'other' } });
  });

  it('is none when nothing is open', () => {
    const closed = { ...signature, inputs: signature.inputs.slice(0, 1), batchInput: 'of before' };
    const settled = settleBatchInput(closed, undefined);
    expect(settled).toEqual({ signature: { inputs: closed.inputs, outputs: closed.outputs } });
  });

  it.each([
    { declared: 'fixed', says: 'dimension 0 of size 1' },
    { declared: 'scalar', says: 'a scalar' },
    { declared: 'missing', says: "must be one of the inputs 'fixed', 'open'" },
  ])('cannot be $declared, and the message says: $says', ({ declared, says }) => {
    expect(settleBatchInput(signature, declared)).toMatchObject({
      refusal: { rule: 'batch_input', message: expect.stringContaining(says) },
    });
  });
});

describe('the shape of an output', () => {
  const sharpened = (shape: readonly number[]) =>
    sharpen(signature, [{ name: 'y', datatype: 'FP32', shape }]).outputs[0];

  it('takes sizes that the runtime worked out', () => {
    expect(sharpened([-1, 7, 3])).toMatchObject({ shape: [-1, 7, 3], dims: ['n', 7, 3] });
  });

  it('keeps what the graph fixes', () => {
    expect(sharpened([-1, -1, 5])).toMatchObject({ shape: [-1, -1, 3], dims: ['n', null, 3] });
  });

  it('takes the runtime’s rank where the graph says nothing of it', () => {
    const silent = { ...signature, outputs: [tensor('y', [])] };
    const [output] = sharpen(silent, [{ name: 'y', datatype: 'FP32', shape: [-1, 3] }]).outputs;
    expect(output).toMatchObject({ shape: [-1, 3], dims: [null, 3] });
  });

  it('stays when the runtime names no such output', () => {
    expect(sharpen(signature, [])).toEqual(signature);
  });
});

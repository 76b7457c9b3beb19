// The trial of a loaded model: rows alone and together, on the real runtime.
import { describe, expect, it } from 'vitest';
import { mlp, trees } from '../../../../benchmarks/models.ts';
import { onnxruntime } from '../../../../lambdas/inference/adapters/onnxruntime.ts';
import { checkRowsAlike } from '../../../../lambdas/inference/domain/coalesce-check.ts';
import type { Session } from '../../../../lambdas/inference/ports.ts';
import type { Datatype } from '../../../../lambdas/shared/onnx/signature.ts';
import { type GraphSpec, modelOf } from '../../../support/model-of.ts';
import { identityOf, tinyModel } from '../../../support/tiny-onnx.ts';

const check = async (model: Uint8Array) => {
  const session = await onnxruntime({ threadCount: 1 }).load(model);
  return checkRowsAlike(session, 1).finally(() => session.release());
};

const graph = (spec: Partial<GraphSpec>): Uint8Array =>
  modelOf({ inputs: [{ name: 'x', dims: ['n', 3] }], outputs: [{ name: 'y' }], nodes: [], ...spec });

describe('rows alone and together', () => {
  it('are alike in a network, within rounding, and in trees to the bit', async () => {
    expect(await check(mlp('m', [32, 64, 3], 1).onnx)).toMatchObject({ alike: true });
    expect(await check(trees('t', { treeCount: 20, depth: 4, width: 5 }, 2).onnx)).toEqual({
      alike: true,
      exact: true,
    });
  });

  it.each(['BOOL', 'UINT8', 'INT8', 'UINT16', 'INT32', 'INT64', 'UINT64', 'FP16', 'FP32', 'FP64', 'BYTES'] as const)(
    'are alike where %s goes through unchanged',
    async (datatype: Datatype) => {
      expect(await check(tinyModel(identityOf(datatype, ['n', 2])))).toEqual({ alike: true, exact: true });
    },
  );

  it.each([
    {
      what: 'a mean over rows is taken off',
      nodes: [
        { op: 'ReduceMean', inputs: ['x', 'axes'], outputs: ['m'] },
        { op: 'Sub', inputs: ['x', 'm'], outputs: ['y'] },
      ],
      reason: /differs in a batch/,
    },
    {
      what: 'rows are added up',
      nodes: [{ op: 'ReduceSum', inputs: ['x', 'axes'], outputs: ['y'] }],
      reason: /not one row of outputs for each row/,
    },
    {
      what: 'no more than one row is taken',
      nodes: [{ op: 'Reshape', inputs: ['x', 'single'], outputs: ['y'] }],
      reason: /no trial could run|fail together/,
    },
  ])('are not where $what', async ({ nodes, reason }) => {
    const constants = [
      { name: 'axes', dims: [1], values: [0] },
      { name: 'single', dims: [2], values: [1, 3] },
    ];
    expect(await check(graph({ nodes, constants }))).toEqual({ alike: false, reason: expect.stringMatching(reason) });
  });

  it('tries other fills where made-up values are refused', async () => {
    const table = { name: 'table', dims: [2, 2], values: Float32Array.of(1, 2, 3, 4) };
    const model = graph({
      inputs: [{ name: 'x', type: 'INT64', dims: ['n', 3] }],
      nodes: [{ op: 'Gather', inputs: ['table', 'x'], outputs: ['y'] }],
      constants: [table],
    });
    expect(await check(model)).toEqual({ alike: true, exact: true });
  });

  it('sees a runtime whose answers differ a little too much', async () => {
    const session = await onnxruntime({ threadCount: 1 }).load(mlp('m', [4, 3], 1).onnx);
    const off = (by: number): Session => ({
      ...session,
      run: async (inputs, names) => {
        const outputs = await session.run(inputs, names);
        if ((inputs[0]?.shape[0] ?? 0) < 9) return outputs;
        return outputs.map((output) => {
          const floats = new Float32Array(Uint8Array.from(output.data).buffer).map((value) => value + by);
          return { ...output, data: new Uint8Array(floats.buffer) };
        });
      },
    });
    expect(await checkRowsAlike(off(1e-4), 1)).toMatchObject({ alike: false });
    expect(await checkRowsAlike(off(3e-7), 1)).toEqual({ alike: true, exact: false });
    await session.release();
  });
});

// Which models keep rows apart: what is proven answers each row alike in any company, whatever the graph; what looks at
// its neighbours is never proven.
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onnxruntime } from '../../../../lambdas/inference/adapters/onnxruntime.ts';
import { joinRuns, splitOutputs } from '../../../../lambdas/inference/domain/coalesce.ts';
import { ModelRefusal } from '../../../../lambdas/inference/domain/model-refusal.ts';
import type { Tensor } from '../../../../lambdas/inference/domain/tensor.ts';
import type { Session } from '../../../../lambdas/inference/ports.ts';
import { seededRandom } from '../../../../lambdas/shared/numeric/seeded-random.ts';
import { proveRowWise } from '../../../../lambdas/shared/onnx/row-wise/prove-row-wise.ts';
import { type ConstantSpec, type GraphSpec, modelOf, type NodeSpec } from '../../../support/model-of.ts';
import { randomGraph, smallWholes } from '../../../support/random-graph.ts';

const ofRows = (
  nodes: readonly NodeSpec[],
  constants: readonly ConstantSpec[] = [],
  more: Partial<GraphSpec> = {},
): GraphSpec => ({
  inputs: [{ name: 'x', dims: ['n', 4] }],
  outputs: [{ name: 'y', dims: ['n', null] }],
  nodes,
  constants,
  ...more,
});

const one = (op: string, attributes: NodeSpec['attributes'] = {}, inputs: readonly string[] = ['x']): NodeSpec => ({
  op,
  inputs,
  outputs: ['y'],
  attributes,
});
const floats = (name: string, dims: readonly number[]): ConstantSpec => ({
  name,
  dims,
  values: new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(1),
});
const ints = (name: string, ...values: readonly number[]): ConstantSpec => ({ name, dims: [values.length], values });
const ml = (op: string, attributes: NodeSpec['attributes'] = {}): NodeSpec => ({
  ...one(op, attributes),
  domain: 'ai.onnx.ml',
});

const verdict = (graph: GraphSpec) => proveRowWise(modelOf(graph));

describe('a model that keeps rows apart', () => {
  it.each<{ what: string; graph: GraphSpec }>([
    {
      what: 'dense layers',
      graph: ofRows([one('Gemm', {}, ['x', 'w', 'b'])], [floats('w', [4, 2]), floats('b', [2])]),
    },
    { what: 'a bias of one row', graph: ofRows([one('Add', {}, ['x', 'b'])], [floats('b', [1, 4])]) },
    { what: 'softmax over columns', graph: ofRows([one('Softmax', { axis: 1 })]) },
    { what: 'a mean over columns', graph: ofRows([one('ReduceMean', {}, ['x', 'axes'])], [ints('axes', -1)]) },
    {
      what: 'an older mean over columns',
      graph: ofRows([one('ReduceMean', { axes: [1] })], [], { opsets: { '': 13 } }),
    },
    { what: 'a shape that keeps rows', graph: ofRows([one('Reshape', {}, ['x', 'to'])], [ints('to', 0, 2, 2)]) },
    { what: 'a shape of as many elements', graph: ofRows([one('Reshape', {}, ['x', 'to'])], [ints('to', -1, 2, 2)]) },
    {
      what: 'normalisation by constants',
      graph: ofRows([one('BatchNormalization', {}, ['x', 'c', 'c', 'c', 'c'])], [floats('c', [4])]),
    },
    { what: 'linear regression', graph: ofRows([ml('LinearRegressor', { coefficients: new Float32Array(4) })]) },
    {
      what: 'an embedding',
      graph: ofRows([one('Gather', {}, ['table', 'x'])], [floats('table', [9, 3])], {
        inputs: [{ name: 'x', type: 'INT64', dims: ['n', 4] }],
      }),
    },
    { what: 'rows without a name', graph: ofRows([one('Relu')], [], { inputs: [{ name: 'x', dims: [null, 4] }] }) },
    {
      what: 'an unused operator that is not known',
      graph: ofRows([one('Relu'), { op: 'Shape', inputs: ['x'], outputs: ['s'] }]),
    },
  ])('is proven: $what', ({ graph }) => {
    expect(verdict(graph)).toEqual({ rowWise: true });
  });

  it.each<{ what: string; graph: GraphSpec; reason: RegExp }>([
    {
      what: 'softmax over rows',
      graph: ofRows([one('Softmax', { axis: 0 })]),
      reason: /Softmax: works along the rows/,
    },
    {
      what: 'softmax over rows, counted from the end',
      graph: ofRows([one('Softmax', { axis: -2 })]),
      reason: /along the rows/,
    },
    { what: 'a mean over all', graph: ofRows([one('ReduceMean')]), reason: /no axes/ },
    { what: 'the largest row', graph: ofRows([one('ArgMax')]), reason: /along the rows/ },
    { what: 'columns of rows', graph: ofRows([one('Transpose')]), reason: /moves the rows/ },
    {
      what: 'every row with every row',
      graph: ofRows([{ op: 'Transpose', inputs: ['x'], outputs: ['t'] }, one('MatMul', {}, ['x', 't'])]),
      reason: /Transpose/,
    },
    {
      what: 'a constant for each row of two',
      graph: ofRows([one('Add', {}, ['x', 'b'])], [floats('b', [2, 4])]),
      reason: /across rows/,
    },
    {
      what: 'rows folded together',
      graph: ofRows([one('Reshape', {}, ['x', 'to'])], [ints('to', -1, 8)]),
      reason: /mixes rows/,
    },
    {
      what: 'rows cut in two',
      graph: ofRows([one('Reshape', {}, ['x', 'to'])], [ints('to', -1, 2)]),
      reason: /mixes rows/,
    },
    {
      what: 'a shape of one size',
      graph: ofRows([one('Reshape', {}, ['x', 'to'])], [ints('to', 2, 4)]),
      reason: /mixes rows/,
    },
    {
      what: 'a choice among rows',
      graph: ofRows([one('Gather', {}, ['x', 'i'])], [ints('i', 0)]),
      reason: /along the rows/,
    },
    {
      what: 'all but the first row',
      graph: ofRows([one('Slice', {}, ['x', 'from', 'to', 'axes'])], [ints('from', 1), ints('to', 9), ints('axes', 0)]),
      reason: /along the rows/,
    },
    {
      what: 'statistics of the batch',
      graph: ofRows([one('BatchNormalization', { training_mode: 1 }, ['x', 'c', 'c', 'c', 'c'])], [floats('c', [4])]),
      reason: /statistics of the batch/,
    },
    {
      what: 'scales taken from all',
      graph: ofRows([{ op: 'DynamicQuantizeLinear', inputs: ['x'], outputs: ['y', 's', 'z'] }]),
      reason: /operator DynamicQuantizeLinear/,
    },
    {
      what: 'how many rows there are',
      graph: ofRows([{ op: 'Shape', inputs: ['x'], outputs: ['s'] }, one('Expand', {}, ['x', 's'])]),
      reason: /operator Shape/,
    },
    {
      what: 'one row for a whole call',
      graph: ofRows([ml('Normalizer')], [], { inputs: [{ name: 'x', dims: ['n'] }] }),
      reason: /2 dimensions/,
    },
    {
      what: 'a fixed number of rows',
      graph: ofRows([one('Relu')], [], { inputs: [{ name: 'x', dims: [2, 4] }] }),
      reason: /leave the size of dimension 0 open/,
    },
    {
      what: 'an output of its own',
      graph: ofRows([{ op: 'Identity', inputs: ['c'], outputs: ['y'] }], [floats('c', [1, 4])]),
      reason: /made of the inputs/,
    },
    {
      what: 'rows counted by two names',
      graph: ofRows([one('Add', {}, ['x', 'z'])], [], {
        inputs: [
          { name: 'x', dims: ['n', 4] },
          { name: 'z', dims: ['m', 4] },
        ],
      }),
      reason: /different names/,
    },
    {
      what: 'neighbours, but only when a row holds a secret number',
      graph: ofRows(
        [
          { op: 'Equal', inputs: ['x', 'secret'], outputs: ['is'] },
          { op: 'ReduceMax', inputs: ['x', 'axes'], outputs: ['all'] },
          one('Where', {}, ['is', 'all', 'x']),
        ],
        [floats('secret', [1]), ints('axes', 0)],
      ),
      reason: /ReduceMax: works along the rows/,
    },
  ])('is not: $what', ({ graph, reason }) => {
    expect(verdict(graph)).toEqual({ rowWise: false, reason: expect.stringMatching(reason) });
  });

  it('is not when functions of its own may stand for operators', () => {
    // ModelProto.functions is field 25: one without a name.
    const model = Buffer.concat([modelOf(ofRows([one('Relu')])), Uint8Array.of(0xca, 0x01, 0x00)]);
    expect(proveRowWise(model)).toMatchObject({ rowWise: false, reason: expect.stringContaining('functions') });
  });
});

const rows = (random: ReturnType<typeof seededRandom>, count: number): Tensor => ({
  name: 'x',
  datatype: 'FP32',
  shape: [count, 4],
  data: new Uint8Array(smallWholes(random, count * 4).buffer),
});

const refusing = async <T>(call: () => T | Promise<T>): Promise<T | undefined> => {
  try {
    return await call();
  } catch (fault) {
    if (fault instanceof ModelRefusal) return undefined;
    throw fault;
  }
};

describe('whatever the graph', () => {
  it('what is proven answers rows together as it does alone, to the bit', { timeout: 120_000 }, async () => {
    const runtime = onnxruntime({ threadCount: 1 });
    const seen = { proven: 0, mixing: 0 };
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 }), async (seed) => {
        const model = modelOf(randomGraph(seed));
        const session = await refusing<Session>(() => runtime.load(model));
        if (!session) return;
        const random = seededRandom(seed + 1);
        const counts = [1, 2, 1, 3];
        const runs = counts.map((count) => ({ inputs: [rows(random, count)], outputs: ['y'] }));
        const alone: (Tensor[] | undefined)[] = [];
        for (const run of runs) alone.push(await refusing(() => session.run(run.inputs, run.outputs)));
        const joint = await refusing(() => session.run(joinRuns(runs).inputs, ['y']));
        await session.release();
        if (alone.includes(undefined)) return;
        const parts = joint && splitOutputs(joint, counts);
        const alike = parts?.every(([part], index) => {
          const [own] = alone[index] ?? [];
          return part && own && part.shape.join() === own.shape.join() && Buffer.compare(part.data, own.data) === 0;
        });
        const { rowWise } = proveRowWise(model);
        if (rowWise) {
          seen.proven++;
          expect(alike, `seed ${seed} is proven, and mixes rows`).toBe(true);
        } else if (!alike) seen.mixing++;
      }),
      { numRuns: 800, seed: 20_261_124 },
    );
    // Both kinds came: the property above was put to the test.
    expect(seen.proven).toBeGreaterThan(40);
    expect(seen.mixing).toBeGreaterThan(40);
  });
});

describe('the demo’s models', () => {
  const folder = new URL('../../../../local/demo/models/', import.meta.url);
  it('are proven where they are classifiers and regressions of single rows', () => {
    const proven = readdirSync(folder).filter((file) => proveRowWise(readFileSync(new URL(file, folder))).rowWise);
    expect(proven).toContain('iris.onnx');
  });
});

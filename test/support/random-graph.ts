// Graphs of operators taken at random, over rows of four floats: many keep rows apart, many mix them, many fail.
import { type Random, seededRandom } from '../../lambdas/shared/numeric/seeded-random.ts';
import type { ConstantSpec, GraphSpec, NodeSpec } from './model-of.ts';

/** Whole numbers only, small: every sum is exact, so that equal is equal to the bit. */
export const smallWholes = (random: Random, count: number) =>
  Float32Array.from({ length: count }, () => random.below(5) - 2);

/** x: [n × 4] → y, its axes and constants taken at random too. */
export const randomGraph = (seed: number): GraphSpec => {
  const random = seededRandom(seed);
  const constants: ConstantSpec[] = [];
  const nodes: NodeSpec[] = [];
  const values = ['x'];
  const constant = (dims: readonly number[], values?: readonly number[]) => {
    const name = `c${constants.length}`;
    constants.push({
      name,
      dims,
      values:
        values ??
        smallWholes(
          random,
          dims.reduce((a, b) => a * b, 1),
        ),
    });
    return name;
  };
  const axis = () => random.below(5) - 2;
  const size = () => random.pick([1, 2, 4]);
  const makers: readonly (() => Pick<NodeSpec, 'op' | 'inputs' | 'attributes'>)[] = [
    () => ({ op: random.pick(['Relu', 'Abs', 'Neg', 'Identity', 'Sign']), inputs: [last()] }),
    () => ({ op: random.pick(['Add', 'Mul', 'Max', 'Sub']), inputs: [random.pick(values), random.pick(values)] }),
    () => ({
      op: 'Add',
      inputs: [last(), constant(random.pick([[], [1], [4], [1, 4], [2, 4], [2, 1], [1, 2, 2], [2, 2, 2]]))],
    }),
    () => ({
      op: 'Gemm',
      inputs: [last(), constant([size(), size()])],
      attributes: { transA: random.below(6) === 0 ? 1 : 0, transB: random.below(2) },
    }),
    () => ({ op: 'MatMul', inputs: [last(), constant(random.pick([[4], [4, 2], [2, 2], [2, 4, 4]]))] }),
    () => ({ op: 'MatMul', inputs: [random.pick(values), random.pick(values)] }),
    () => ({
      op: 'Transpose',
      inputs: [last()],
      attributes: random.below(2)
        ? {
            perm: random.pick([
              [1, 0],
              [0, 1],
              [0, 2, 1],
              [2, 0, 1],
            ]),
          }
        : {},
    }),
    () => ({
      op: random.pick(['ReduceMax', 'ReduceSum', 'ReduceMin']),
      inputs: [last(), constant([1], [axis()])],
      attributes: { keepdims: random.below(2) },
    }),
    () => ({ op: 'Hardmax', inputs: [last()], attributes: { axis: axis() } }),
    () => ({ op: 'Concat', inputs: [random.pick(values), last()], attributes: { axis: axis() } }),
    () => ({ op: 'Flatten', inputs: [last()], attributes: { axis: axis() } }),
    () => ({
      op: 'Reshape',
      inputs: [
        last(),
        constant(
          [3],
          random.pick([
            [0, 2, 2],
            [0, -1, 1],
            [-1, 2, 2],
            [-1, 1, 4],
            [1, -1, 4],
          ]),
        ),
      ],
    }),
    () => ({
      op: 'Reshape',
      inputs: [
        last(),
        constant(
          [2],
          random.pick([
            [0, -1],
            [-1, 4],
            [-1, 2],
            [0, 4],
            [1, -1],
            [-1, 8],
          ]),
        ),
      ],
    }),
    () => ({ op: random.pick(['Squeeze', 'Unsqueeze']), inputs: [last(), constant([1], [axis()])] }),
    () => ({
      op: 'Slice',
      inputs: [last(), constant([1], [random.below(2)]), constant([1], [9]), constant([1], [axis()])],
    }),
    () => ({ op: 'Gather', inputs: [last(), constant([2], [0, 0])], attributes: { axis: axis() } }),
    () => ({ op: 'CumSum', inputs: [last(), constant([], [axis()])] }),
  ];
  const last = () => values.at(-1) ?? 'x';
  const stepCount = 1 + random.below(5);
  for (let step = 0; step < stepCount; step++) {
    const output = `v${step}`;
    nodes.push({ ...random.pick(makers)(), outputs: [output] });
    values.push(output);
  }
  nodes.push({ op: 'Identity', inputs: [last()], outputs: ['y'] });
  // Outputs say nothing of their shape, so that graphs of any rank load.
  return { inputs: [{ name: 'x', dims: ['n', 4] }], outputs: [{ name: 'y' }], nodes, constants };
};

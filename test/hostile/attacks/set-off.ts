// Models that are meek in the trial, which feeds zeros and ones, and are set off by a caller: what serves them must hold.
import { type Attack, attacksOf, type HostileCall } from '../attack.ts';
import { attr, bool, floats, graphOf, int64s, modelOf, type Node, node, type Tensor, value } from '../graph-writer.ts';

/** y: x's one whole number, through `nodes` to c, and added up. */
const byNumber =
  (nodes: readonly Node[], initializers: readonly Tensor[] = []) =>
  () =>
    modelOf({
      inputs: [value('x', 'int64', [1])],
      outputs: [value('y', 'float')],
      nodes: [...nodes, node('ReduceSum', ['c'], ['y'], [attr.int('keepdims', 0)])],
      initializers,
    });

const call = (number: number, why: string, ends: HostileCall['ends']): HostileCall => ({
  why,
  inputs: [{ name: 'x', datatype: 'INT64', shape: [1], data: [number] }],
  ends,
});
const meek = call(3, 'a number of no harm', ['answered']);

const scalar = node('Squeeze', ['x'], ['n']);

export const setOff: readonly Attack[] = attacksOf('set-off', [
  {
    name: 'set-off-memory',
    why: 'as many floats as the caller says',
    make: byNumber([node('ConstantOfShape', ['x'], ['c'])]),
    calls: [meek, call(40_000_000_000, '160 GB', ['model_failed', 'model_timeout'])],
  },
  {
    name: 'set-off-negative',
    why: 'a size that the caller makes negative',
    make: byNumber([node('ConstantOfShape', ['x'], ['c'])]),
    calls: [meek, call(-(2 ** 40), 'a negative size', ['model_failed'])],
  },
  {
    name: 'set-off-abort',
    why: 'an output of a billion floats',
    make: () =>
      modelOf({
        inputs: [value('x', 'int64', [1])],
        outputs: [value('y', 'float', ['n'])],
        nodes: [node('ConstantOfShape', ['x'], ['y'])],
      }),
    calls: [
      meek,
      call(1_000_000_000, '4 GB of zeros as answer', ['model_failed', 'model_timeout', 'output_too_large']),
    ],
  },
  {
    name: 'set-off-crash',
    why: 'a tensor of no elements, on which the runtime divides by zero and dies',
    make: byNumber(
      [
        node('Sub', ['x', 'five'], ['away']),
        node('Abs', ['away'], ['width']),
        node('Concat', ['head', 'width'], ['shape'], [attr.int('axis', 0)]),
        node('ConstantOfShape', ['shape'], ['image']),
        node('InstanceNormalization', ['image', 'one', 'one'], ['c']),
      ],
      [int64s('five', [5]), int64s('head', [1, 1, 1]), floats('one', [1])],
    ),
    calls: [meek, call(5, 'the one number that kills', ['model_failed']), meek],
  },
  {
    name: 'set-off-empty',
    why: 'the same by an input that has a dimension 0',
    make: () =>
      modelOf({
        inputs: [value('x', 'float', [1, 2, 1, 'w'])],
        outputs: [value('y', 'float', [1, 2, 1, 'w'])],
        nodes: [node('InstanceNormalization', ['x', 'scale', 'bias'], ['y'])],
        initializers: [floats('scale', [1, 1]), floats('bias', [0, 0])],
      }),
    calls: [
      {
        why: 'a row of no width',
        inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2, 1, 0], data: [] }],
        ends: ['model_failed', 'answered'],
      },
    ],
  },
  {
    name: 'set-off-loop',
    why: 'as many rounds as the caller says',
    make: byNumber(
      [
        scalar,
        node(
          'Loop',
          ['n', 'always', 'one'],
          ['c'],
          [
            attr.graph(
              'body',
              graphOf({
                inputs: [value('i', 'int64', []), value('on', 'bool', []), value('v', 'float', [])],
                outputs: [value('on2', 'bool', []), value('w', 'float', [])],
                nodes: [node('Identity', ['on'], ['on2']), node('Sin', ['v'], ['w'])],
              }),
            ),
          ],
        ),
      ],
      [bool('always', true), floats('one', [1], [])],
    ),
    calls: [meek, call(2 ** 40, '10^12 rounds', ['model_timeout'])],
  },
  {
    name: 'set-off-range',
    why: 'all numbers up to the caller’s',
    make: byNumber(
      [scalar, node('Range', ['zero', 'n', 'step'], ['r']), node('Cast', ['r'], ['c'], [attr.int('to', 1)])],
      [int64s('zero', [0], []), int64s('step', [1], [])],
    ),
    calls: [meek, call(2 ** 48, '2^48 numbers', ['model_failed', 'model_timeout'])],
  },
  {
    name: 'set-off-matmul',
    why: 'a matrix as wide as the caller says, multiplied with itself',
    make: byNumber([
      node('Concat', ['x', 'x'], ['square'], [attr.int('axis', 0)]),
      node('ConstantOfShape', ['square'], ['m0']),
      ...Array.from({ length: 8 }, (_, i) => node('MatMul', [`m${i}`, `m${i}`], [`m${i + 1}`])),
      node('Identity', ['m8'], ['c']),
    ]),
    calls: [meek, call(9_000, 'eight products of 9 000 × 9 000', ['model_timeout', 'model_failed'])],
  },
  {
    name: 'set-off-gather',
    why: 'a table that is read where the caller says, through a reshape that hides its size',
    make: byNumber(
      [node('Gather', ['table', 'x'], ['c'])],
      [
        floats(
          'table',
          Array.from({ length: 8 }, (_, i) => i),
        ),
      ],
    ),
    calls: [
      meek,
      call(8, 'one beyond the end', ['model_failed']),
      call(-(2 ** 33), 'far before the beginning', ['model_failed']),
    ],
  },
]);

// What keeps the runtime busy before it has run once: it computes at load whatever depends on nothing but constants.
import { type Attack, attacksOf } from '../attack.ts';
import { attr, bool, floats, graphOf, int64s, modelOf, type Node, node, type Tensor, value } from '../graph-writer.ts';

/** The constant `c`, folded at load, joins x so that nothing may leave it out. */
const folding = (nodes: readonly Node[], initializers: readonly Tensor[]) => () =>
  modelOf({
    nodes: [...nodes, node('ReduceSum', ['c'], ['s'], [attr.int('keepdims', 0)]), node('Add', ['x', 's'], ['y'])],
    initializers,
  });
const filled = (output: string, shape: string) => node('ConstantOfShape', [shape], [output], []);
const one = floats('one', [1], []);

const rules = ['timed_out', 'out_of_memory', 'load_failed', 'run_failed', 'crashed'] as const;

const countdown = (tripCount: bigint, nodes: readonly Node[] = []) =>
  graphOf({
    inputs: [value('i', 'int64', []), value('on', 'bool', []), value('v', 'float', [])],
    outputs: [value('on2', 'bool', []), value('v2', 'float', [])],
    nodes: [node('Identity', ['on'], ['on2']), ...nodes, node('Add', ['v', 'v'], ['v2'])],
    initializers: tripCount > 0n ? [] : [one],
  });

export const loadBombs: readonly Attack[] = attacksOf('load-bomb', [
  {
    name: 'load-matmul',
    why: 'products of giant constant matrices',
    make: folding(
      [
        filled('m0', 'square'),
        ...Array.from({ length: 60 }, (_, i) => node('MatMul', [`m${i}`, `m${i}`], [`m${i + 1}`])),
        node('Identity', ['m60'], ['c']),
      ],
      [int64s('square', [4_000, 4_000])],
    ),
    rules,
  },
  {
    name: 'load-conv',
    why: 'a convolution of giant constants',
    make: folding(
      [filled('image', 'wide'), filled('kernel', 'core'), node('Conv', ['image', 'kernel'], ['c'])],
      [int64s('wide', [1, 4, 2_000, 2_000]), int64s('core', [4, 4, 301, 301])],
    ),
    rules,
  },
  {
    name: 'load-expand',
    why: 'a number expanded to 2^40',
    make: folding([node('Expand', ['one', 'to'], ['c'])], [one, int64s('to', [2 ** 20, 2 ** 20])]),
    rules,
  },
  {
    name: 'load-tile',
    why: 'a number tiled 10^12 times',
    make: folding(
      [filled('a', 'small'), node('Tile', ['a', 'times'], ['c'])],
      [int64s('small', [1000]), int64s('times', [1_000_000_000])],
    ),
    rules,
  },
  {
    name: 'load-resize',
    why: 'an image resized 10 000 times in each direction',
    make: folding(
      [filled('a', 'small'), node('Resize', ['a', '', 'scales'], ['c'], [attr.text('mode', 'cubic')])],
      [int64s('small', [1, 1, 64, 64]), floats('scales', [1, 1, 10_000, 10_000])],
    ),
    rules,
  },
  {
    name: 'load-range',
    why: 'all whole numbers up to 2^50',
    make: folding(
      [node('Range', ['zero', 'end', 'step'], ['r']), node('Cast', ['r'], ['c'], [attr.int('to', 1)])],
      [int64s('zero', [0], []), int64s('end', [2n ** 50n], []), int64s('step', [1], [])],
    ),
    rules,
  },
  {
    name: 'load-constant-of-shape',
    why: 'a constant of 2^44 elements',
    make: folding([filled('c', 'to')], [int64s('to', [2 ** 22, 2 ** 22])]),
    rules,
  },
  {
    name: 'load-shape-wraps',
    why: 'a constant whose number of elements wraps around',
    make: folding([filled('c', 'to')], [int64s('to', [2n ** 32n, 2n ** 32n, 16])]),
    rules,
  },
  {
    name: 'load-shape-negative',
    why: 'a constant of a negative size',
    make: folding([filled('c', 'to')], [int64s('to', [-5, 3])]),
    rules,
  },
  {
    name: 'load-loop',
    why: 'a loop of 2^40 rounds over constants',
    make: folding(
      [node('Loop', ['rounds', 'always', 'one'], ['c'], [attr.graph('body', countdown(1n))])],
      [int64s('rounds', [2n ** 40n], []), bool('always', true), one],
    ),
    rules,
  },
  {
    name: 'load-loop-scans',
    why: 'a loop that keeps every round’s constant',
    make: folding(
      [
        node(
          'Loop',
          ['rounds', 'always'],
          ['c'],
          [
            attr.graph(
              'body',
              graphOf({
                inputs: [value('i', 'int64', []), value('on', 'bool', [])],
                outputs: [value('on2', 'bool', []), value('big', 'float', [1_000_000])],
                nodes: [node('Identity', ['on'], ['on2']), filled('big', 'million')],
                initializers: [int64s('million', [1_000_000])],
              }),
            ),
          ],
        ),
      ],
      [int64s('rounds', [1_000_000], []), bool('always', true)],
    ),
    rules,
  },
  {
    name: 'load-pad',
    why: 'a constant padded by 2^40',
    make: folding(
      [filled('a', 'small'), node('Pad', ['a', 'pads'], ['c'])],
      [int64s('small', [4]), int64s('pads', [2 ** 39, 2 ** 39])],
    ),
    rules,
  },
  {
    name: 'load-einsum',
    why: 'an Einsum over ten giant axes',
    make: folding(
      [
        filled('a', 'small'),
        node('Einsum', ['a', 'a', 'a'], ['c'], [attr.text('equation', 'abcd,efgh,ijkl->abcdefghijkl')]),
      ],
      [int64s('small', [12, 12, 12, 12])],
    ),
    rules,
  },
  {
    name: 'load-one-hot',
    why: 'one-hot rows of 2^40 columns',
    make: folding(
      [node('OneHot', ['places', 'depth', 'pair'], ['c'])],
      [int64s('places', [0, 1, 2]), int64s('depth', [2n ** 40n], []), floats('pair', [0, 1])],
    ),
    rules,
  },
]);

// What takes time or memory without end once it runs, whatever it is given: the trial meets it.
import { type Attack, attacksOf } from '../attack.ts';
import {
  attr,
  bool,
  floats,
  type Graph,
  graphOf,
  int64s,
  modelOf,
  type Node,
  node,
  type Tensor,
  texts,
  value,
} from '../graph-writer.ts';

const rules = ['timed_out', 'out_of_memory', 'run_failed', 'crashed'] as const;

/** y = x + the sum of c, where c is made from x, so that it is not folded. */
const summing = (nodes: readonly Node[], initializers: readonly Tensor[]) => () =>
  modelOf({
    nodes: [...nodes, node('ReduceSum', ['c'], ['s'], [attr.int('keepdims', 0)]), node('Add', ['x', 's'], ['y'])],
    initializers,
  });
const first = node('ReduceSum', ['x'], ['f'], [attr.int('keepdims', 0)]);

/** A loop's body that hands its one value through `nodes`, from v to w; names end in `mark`, for loops within loops. */
const body = (nodes: readonly Node[], mark = ''): Graph =>
  graphOf({
    inputs: [value(`i${mark}`, 'int64', []), value(`on${mark}`, 'bool', []), value(`v${mark}`, 'float')],
    outputs: [value(`still${mark}`, 'bool', []), value(`w${mark}`, 'float')],
    nodes: [node('Identity', [`on${mark}`], [`still${mark}`]), ...nodes],
  });

const loop = (graph: Graph, input = 'x', output = 'c', rounds = '') =>
  node('Loop', [rounds, 'always', input], [output], [attr.graph('body', graph)]);

/** Loops within each other, a thousand rounds each. */
const nest = (depth: number): Graph =>
  depth === 0
    ? body([node('Add', ['v0', 'v0'], ['w0'])], '0')
    : body([loop(nest(depth - 1), `v${depth}`, `w${depth}`, 'thousand')], String(depth));

export const runBombs: readonly Attack[] = attacksOf('run-bomb', [
  {
    name: 'run-loop-endless',
    why: 'a loop without an end',
    make: summing([loop(body([node('Identity', ['v'], ['w'])]))], [bool('always', true)]),
    rules,
  },
  {
    name: 'run-loop-doubling',
    why: 'a loop that doubles its tensor each round',
    make: summing([loop(body([node('Concat', ['v', 'v'], ['w'], [attr.int('axis', 0)])]))], [bool('always', true)]),
    rules,
  },
  {
    name: 'run-loop-nested',
    why: 'six loops within each other, 10^18 rounds',
    make: summing([loop(nest(5), 'x', 'c', 'thousand')], [bool('always', true), int64s('thousand', [1000], [])]),
    rules,
  },
  {
    name: 'run-scan',
    why: 'a scan over 2^31 constant rows',
    make: summing(
      [
        node('Expand', ['f', 'to'], ['rows']),
        node(
          'Scan',
          ['f', 'rows'],
          ['last', 'c'],
          [
            attr.graph(
              'body',
              graphOf({
                inputs: [value('a', 'float', []), value('b', 'float', [])],
                outputs: [value('d', 'float', []), value('e', 'float', [])],
                nodes: [node('Add', ['a', 'b'], ['d']), node('Sin', ['d'], ['e'])],
              }),
            ),
            attr.int('num_scan_inputs', 1),
          ],
        ),
      ].toSpliced(0, 0, first),
      [int64s('to', [2 ** 31 - 1])],
    ),
    rules,
  },
  {
    name: 'run-expand',
    why: 'a value expanded to 10^12',
    make: summing([first, node('Expand', ['f', 'to'], ['c'])], [int64s('to', [1_000_000, 1_000_000])]),
    rules,
  },
  {
    name: 'run-tile',
    why: 'a value tiled to 10^12',
    make: summing([node('Tile', ['x', 'times'], ['c'])], [int64s('times', [1_000_000, 1_000_000])]),
    rules,
  },
  {
    name: 'run-resize',
    why: 'an image resized to 2^36 points',
    make: summing(
      [
        node('Reshape', ['x', 'image'], ['i']),
        node('Resize', ['i', '', '', 'sizes'], ['c'], [attr.text('mode', 'linear')]),
      ],
      [int64s('image', [1, 1, -1, 2]), int64s('sizes', [1, 1, 2 ** 18, 2 ** 18])],
    ),
    rules,
  },
  {
    name: 'run-outputs-giant',
    why: 'outputs of 4 × 10^9 numbers',
    make: () =>
      modelOf({ nodes: [first, node('Expand', ['f', 'to'], ['y'])], initializers: [int64s('to', [4_000_000_000])] }),
    rules,
  },
  {
    name: 'run-text-doubling',
    why: 'a text that doubles forty times',
    make: () =>
      modelOf({
        inputs: [value('x', 'string', ['n'])],
        outputs: [value('y', 'string', ['n'])],
        nodes: [
          node('StringConcat', ['x', 'seed'], ['t0']),
          ...Array.from({ length: 40 }, (_, i) => node('StringConcat', [`t${i}`, `t${i}`], [`t${i + 1}`])),
          node('Identity', ['t40'], ['y']),
        ],
        initializers: [texts('seed', ['12345678'])],
      }),
    rules,
  },
  {
    name: 'run-matmul',
    why: 'powers of a giant matrix',
    make: summing(
      [
        first,
        node('Expand', ['f', 'to'], ['m0']),
        ...Array.from({ length: 60 }, (_, i) => node('MatMul', [`m${i}`, `m${i}`], [`m${i + 1}`])),
        node('Identity', ['m60'], ['c']),
      ],
      [int64s('to', [4_000, 4_000])],
    ),
    rules,
  },
  {
    name: 'run-branches',
    why: 'loops in both branches of an If',
    make: summing(
      [
        first,
        node('Greater', ['f', 'zero'], ['bit']),
        node(
          'If',
          ['bit'],
          ['c'],
          ['then_branch', 'else_branch'].map((name) =>
            attr.graph(
              name,
              graphOf({
                inputs: [],
                outputs: [value('r', 'float')],
                nodes: [loop(body([node('Neg', ['v'], ['w'])]), 'x', 'r')],
              }),
            ),
          ),
        ),
      ],
      [bool('always', true), floats('zero', [0], [])],
    ),
    rules,
  },
]);

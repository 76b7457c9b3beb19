// Protobuf that is broken, or that two readers could read as two models.
import { block, floats, graph, int, model, node, tensorType, text, value, varint } from '../../support/onnx-builder.ts';
import { type Attack, attacksOf } from '../attack.ts';

const good = () => model();

/** A message in a message in …, under a field that ONNX lets contain itself. */
const sequences = (depth: number): number[] =>
  Array.from({ length: depth }).reduce<number[]>((inner) => block(4, block(1, inner)), tensorType(1));

const subgraphs = (depth: number): number[] =>
  Array.from({ length: depth }).reduce<number[]>(
    (inner) => [...block(1, text(4, 'If'), block(5, text(1, 'then_branch'), block(6, inner)))],
    [...block(1, node())],
  );

export const wire: readonly Attack[] = attacksOf('wire', [
  { name: 'wire-cut', why: 'a file that ends in the middle', make: () => good().subarray(0, 30), rules: ['malformed'] },
  {
    name: 'wire-cut-number',
    why: 'a number that does not end',
    make: () => Uint8Array.from([...int(1, 10), 8, 128, 128]),
    rules: ['malformed', 'repeated_field'],
  },
  {
    name: 'wire-overlong',
    why: 'a number written longer than it needs',
    make: () => Uint8Array.from([8, 138, 128, 0, ...good().subarray(2)]),
    rules: ['malformed'],
  },
  {
    name: 'wire-eleven-bytes',
    why: 'a number of eleven bytes',
    make: () => Uint8Array.from([8, ...new Array<number>(10).fill(255), 1]),
    rules: ['malformed'],
  },
  {
    name: 'wire-too-wide',
    why: 'a number of more than 64 bits',
    make: () => Uint8Array.from([8, ...new Array<number>(9).fill(255), 127]),
    rules: ['malformed'],
  },
  {
    name: 'wire-group',
    why: 'a group, which readers skip however deep it is',
    make: () => Uint8Array.from([...good(), ...new Array<number>(5_000).fill(27)]),
    rules: ['malformed'],
  },
  {
    name: 'wire-length-past-end',
    why: 'a length beyond the file',
    make: () => Uint8Array.from([...int(1, 10), 58, ...varint(2 ** 31 - 1), 1, 2]),
    rules: ['malformed'],
  },
  {
    name: 'wire-length-past-parent',
    why: 'a field longer than the message it is in',
    make: () => Uint8Array.from([...int(1, 10), ...block(7, [10, 100, 1, 2, 3])]),
    rules: ['malformed'],
  },
  {
    name: 'wire-two-graphs',
    why: 'two graphs, of which readers merge or choose',
    make: () => model(graph(), block(7, graph())),
    rules: ['repeated_field'],
  },
  {
    name: 'wire-two-types',
    why: 'two element types for one tensor',
    make: () => model(graph([node()], block(5, floats('w', [2], int(2, 7))))),
    rules: ['repeated_field'],
  },
  {
    name: 'wire-unknown-field',
    why: 'a field that nobody knows',
    make: () => model(graph(), block(30, [1, 2, 3])),
    rules: ['unknown_field'],
  },
  {
    name: 'wire-deep-types',
    why: 'types 2 000 deep within each other',
    make: () => model(graph([node()], block(13, value('v', sequences(2_000))))),
    rules: ['too_deep'],
  },
  {
    name: 'wire-deep-graphs',
    why: 'graphs 500 deep within each other',
    make: () => model(graph([node()], subgraphs(500))),
    rules: ['too_deep'],
  },
]);

// A few bytes for any number of nodes, entries or calls.
import { attribute, block, entry, func, graph, model, node, varint } from '../../support/onnx-builder.ts';
import { type Attack, attacksOf } from '../attack.ts';

const call = (name: string) => node({ op: name, domain: 'mine' });
const calling = (...names: string[]) => names.map(call);

/** f0 is one node; each further calls the one before it that often. */
const chain = (length: number, times: number) =>
  Array.from({ length }, (_, i) =>
    block(25, func(`f${i}`, i === 0 ? [node()] : calling(...new Array<string>(times).fill(`f${i - 1}`)))),
  );

const branches = (depth: number): number[] =>
  depth === 0
    ? graph()
    : graph([
        node({
          op: 'If',
          attributes: ['then_branch', 'else_branch'].map((name) => attribute(name, block(6, branches(depth - 1)))),
        }),
      ]);

/** A field that often, without an array of arrays. */
const often = (field: readonly number[], count: number): Uint8Array => {
  const bytes = new Uint8Array(field.length * count);
  for (let i = 0; i < count; i++) bytes.set(field, i * field.length);
  return bytes;
};
const withMany = (field: readonly number[], count: number): Uint8Array => Buffer.concat([often(field, count), model()]);

const graphWithMany = (field: readonly number[], count: number): Uint8Array => {
  const body = Buffer.concat([Uint8Array.from(graph()), often(field, count)]);
  const head = model([]);
  return Buffer.concat([head.subarray(0, head.length - 1), Uint8Array.from(varint(body.length)), body]);
};

export const expansion: readonly Attack[] = attacksOf('expansion', [
  {
    name: 'grow-functions-double',
    why: 'functions that double each other, 2^30 nodes',
    make: () => model(graph(calling('f30')), ...chain(31, 2)),
    rules: ['too_many_nodes'],
  },
  {
    name: 'grow-functions-100',
    why: 'functions that call each other a hundred times',
    make: () => model(graph(calling('f9')), ...chain(10, 100)),
    rules: ['too_many_nodes'],
  },
  {
    name: 'grow-functions-unused',
    why: 'such functions, and nobody who calls them',
    make: () => model(graph(), ...chain(31, 2)),
    rules: ['too_many_nodes'],
  },
  {
    name: 'grow-function-itself',
    why: 'a function that calls itself',
    make: () => model(graph(calling('f')), block(25, func('f', calling('f')))),
    rules: ['function_recursion'],
  },
  {
    name: 'grow-functions-circle',
    why: 'three functions in a circle',
    make: () =>
      model(
        graph(calling('a')),
        ...[
          ['a', 'b'],
          ['b', 'c'],
          ['c', 'a'],
        ].map(([from = '', to = '']) => block(25, func(from, calling(to)))),
      ),
    rules: ['function_recursion'],
  },
  {
    name: 'grow-functions-deep',
    why: 'a thousand functions, each calling the next',
    make: () => model(graph(calling('f900')), ...chain(901, 1)),
    rules: ['too_deep'],
  },
  {
    name: 'grow-function-in-branch',
    why: 'a function that calls itself from a branch within',
    make: () =>
      model(
        graph(calling('f')),
        block(
          25,
          func('f', [node({ op: 'If', attributes: [attribute('then_branch', block(6, graph(calling('f'))))] })]),
        ),
      ),
    rules: ['function_recursion'],
  },
  {
    name: 'grow-function-shadows',
    why: 'a function in the place of Identity',
    make: () => model(graph(), block(25, func('Identity', [node({ op: 'Neg' })], ''))),
    rules: ['function_shadows_operator'],
  },
  {
    name: 'grow-nodes-20001',
    why: '20 001 nodes',
    make: () => graphWithMany(block(1, node()), 20_001),
    rules: ['too_many_nodes'],
  },
  {
    name: 'grow-nodes-200000',
    why: '200 000 nodes',
    make: () => graphWithMany(block(1, node()), 200_000),
    rules: ['too_many_nodes'],
  },
  {
    name: 'grow-branches',
    why: 'branches within branches, 2^9 graphs',
    make: () => model(branches(9)),
    rules: ['too_deep'],
  },
  {
    name: 'grow-metadata',
    why: '200 000 entries of metadata',
    make: () => withMany(block(14, entry('k', 'v')), 200_000),
    rules: ['too_many'],
  },
  {
    name: 'grow-metadata-value',
    why: 'one entry of 2 MiB',
    make: () => model(graph(), block(14, block(1, [107]), block(2, new Uint8Array(2 << 20)))),
    rules: ['text_too_long'],
  },
  {
    name: 'grow-node-metadata',
    why: 'metadata of a node',
    make: () => graphWithMany(block(16, entry('', '')), 150_000),
    rules: ['too_many'],
  },
  {
    name: 'grow-value-infos',
    why: '3 000 000 empty descriptions',
    make: () => graphWithMany(block(13, []), 3_000_000),
    rules: ['too_many'],
  },
  {
    name: 'grow-outputs',
    why: '100 000 outputs of one node',
    make: () => graphWithMany(block(1, [...often(block(2, [97]), 100_000)]), 1),
    rules: ['too_many'],
  },
  {
    name: 'grow-attributes',
    why: '10 000 attributes of one node',
    make: () => model(graph([node({ attributes: Array.from({ length: 10_000 }, (_, i) => attribute(`a${i}`)) })])),
    rules: ['too_many'],
  },
  {
    name: 'grow-initializers',
    why: '60 000 initializers',
    make: () =>
      model(
        graph(
          [node()],
          ...Array.from({ length: 60_000 }, (_, i) =>
            block(5, [16, 1, 66, 5, ...Buffer.from(String(i).padStart(5, '0'))].concat([74, 4, 0, 0, 0, 0])),
          ),
        ),
      ),
    rules: ['too_many'],
  },
  {
    name: 'grow-opsets',
    why: '5 000 operator sets',
    make: () =>
      model(graph(), ...Array.from({ length: 5_000 }, (_, i) => block(8, block(1, Buffer.from(`d${i}`)), [16, 1]))),
    rules: ['too_many'],
  },
]);

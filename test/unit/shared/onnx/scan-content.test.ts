// Operators, tensors, inputs and outputs that are refused, and their neighbours that are not.
import { describe, expect, it } from 'vitest';
import { modelBounds } from '../../../../lambdas/shared/onnx/bounds.ts';
import {
  block,
  fixed32,
  floats,
  func,
  graph,
  int,
  model,
  node,
  tensorType,
  text,
  value,
  varint,
} from '../../../support/onnx-builder.ts';
import { refuses, scan, within } from './refuses.ts';

const bare = (...fields: (readonly number[])[]) => fields.flat();

describe('operators and versions', () => {
  const versioned = (ir: number, ...imports: [string, number][]) =>
    Uint8Array.from(
      bare(
        int(1, ir),
        ...imports.map(([domain, version]) => block(8, text(1, domain), int(2, version))),
        block(7, graph()),
      ),
    );
  refuses([
    {
      why: 'an operator of a foreign domain',
      rule: 'unknown_domain',
      bytes: model(graph([node(), node({ op: 'Evil', domain: 'com.evil' })])),
      path: 'graph.node[1]',
    },
    { why: 'a contributed operator', rule: 'unknown_domain', bytes: model(graph([node({ domain: 'com.microsoft' })])) },
    {
      why: 'a foreign operator in a function nobody calls',
      rule: 'unknown_domain',
      bytes: model(graph(), block(25, func('f', [node({ domain: 'x' })]))),
    },
    {
      why: 'an operator without a name',
      rule: 'invalid_name',
      bytes: model(graph([node({ op: '' })])),
      path: 'graph.node[0]',
    },
    { why: 'no format version', rule: 'unsupported_ir', bytes: Uint8Array.from(block(7, graph())) },
    { why: 'too new a format', rule: 'unsupported_ir', bytes: versioned(modelBounds.irVersionMax + 1, ['', 21]) },
    { why: 'too old a format', rule: 'unsupported_ir', bytes: versioned(modelBounds.irVersionMin - 1, ['', 21]) },
    {
      why: 'too new operators',
      rule: 'unsupported_opset',
      bytes: versioned(10, ['', modelBounds.opsetMax + 1]),
      path: 'opset_import[0]',
    },
    {
      why: 'too new operators under their other name',
      rule: 'unsupported_opset',
      bytes: versioned(10, ['ai.onnx', modelBounds.opsetMax + 1]),
    },
    {
      why: 'too new learners',
      rule: 'unsupported_opset',
      bytes: versioned(10, ['ai.onnx.ml', modelBounds.opsetMlMax + 1]),
    },
    { why: 'operators of version 0', rule: 'unsupported_opset', bytes: versioned(10, ['', 0]) },
    { why: 'operators of two versions', rule: 'unsupported_opset', bytes: versioned(10, ['', 21], ['ai.onnx', 20]) },
    {
      why: 'training information',
      rule: 'training_info',
      bytes: model(graph(), block(20, block(1, graph()))),
      path: 'training_info[0]',
    },
    {
      why: 'a file that passes for the runtime’s own format',
      rule: 'ort_format',
      bytes: Uint8Array.from(bare(int(1, 10), text(2, 'ORTM'), block(8, int(2, 21)), block(7, graph()))),
    },
  ]);
});

describe('tensors', () => {
  const withInitializer = (...fields: (readonly number[] | Uint8Array)[]) =>
    model(within(block(5, text(8, 'w'), ...fields)));
  const sized = (dataType: number, count: number, data: readonly number[]) =>
    withInitializer(int(1, count), int(2, dataType), data);
  refuses([
    {
      why: 'a giant that the file does not hold',
      rule: 'tensor_shape',
      bytes: withInitializer(int(1, 2n ** 60n), int(2, 1)),
      path: 'graph.initializer[0]',
    },
    {
      why: 'dimensions whose product overflows',
      rule: 'tensor_shape',
      bytes: withInitializer(int(1, 2n ** 32n), int(1, 2n ** 32n), int(2, 1)),
    },
    {
      why: 'dimensions that overflow beside a zero',
      rule: 'tensor_shape',
      bytes: withInitializer(int(1, 2n ** 62n), int(1, 0), int(2, 1)),
    },
    { why: 'a negative dimension', rule: 'tensor_shape', bytes: withInitializer(int(1, -1n), int(2, 1)) },
    {
      why: 'packed dimensions that overflow',
      rule: 'tensor_shape',
      bytes: withInitializer(block(1, varint(2n ** 40n), varint(2)), int(2, 1)),
    },
    {
      why: 'too many dimensions',
      rule: 'too_many',
      bytes: withInitializer(...new Array(modelBounds.rank + 1).fill(int(1, 1)), int(2, 1)),
    },
    { why: 'too few bytes', rule: 'tensor_size', bytes: sized(1, 4, block(9, new Uint8Array(15))) },
    { why: 'too many bytes', rule: 'tensor_size', bytes: sized(1, 4, block(9, new Uint8Array(17))) },
    { why: 'no data at all', rule: 'tensor_size', bytes: sized(1, 4, []) },
    { why: 'data of another type', rule: 'tensor_size', bytes: sized(1, 2, block(7, [1, 1])) },
    {
      why: 'data twice',
      rule: 'tensor_size',
      bytes: sized(7, 2, [...block(7, [1, 1]), ...block(9, new Uint8Array(16))]),
    },
    { why: 'too few packed entries', rule: 'tensor_size', bytes: sized(7, 3, block(7, [1, 128, 1])) },
    { why: 'too few texts', rule: 'tensor_size', bytes: sized(8, 2, text(6, 'one')) },
    { why: 'texts as bytes', rule: 'tensor_size', bytes: sized(8, 1, block(9, [1])) },
    { why: 'a type that is none', rule: 'tensor_type', bytes: sized(99, 0, []) },
    { why: 'complex numbers', rule: 'tensor_type', bytes: sized(14, 1, block(9, new Uint8Array(8))) },
    {
      why: 'a part of a larger tensor',
      rule: 'unknown_field',
      bytes: withInitializer(int(1, 1), int(2, 1), block(3, int(1, 0)), block(9, new Uint8Array(4))),
    },
    {
      why: 'a sparse tensor of a few bytes for a giant',
      rule: 'sparse_tensor',
      bytes: model(
        within(block(15, block(1, floats('v', [1])), block(2, int(1, 1), int(2, 7), block(7, [0])), int(3, 2n ** 60n))),
      ),
    },
    {
      why: 'two initializers of one name',
      rule: 'duplicate_name',
      bytes: model(graph([node()], block(5, floats('w', [1])), block(5, floats('w', [1])))),
      path: 'graph.initializer[1]',
    },
    { why: 'an initializer without a name', rule: 'invalid_name', bytes: model(within(block(5, floats('', [1])))) },
  ]);

  it.each([
    { why: 'raw floats', fields: [int(1, 3), int(2, 1), block(9, new Uint8Array(12))] },
    { why: 'listed floats', fields: [int(1, 2), int(2, 1), fixed32(4), fixed32(4)] },
    { why: 'packed floats', fields: [int(1, 2), int(2, 1), block(4, new Uint8Array(8))] },
    { why: 'packed integers of several bytes', fields: [int(1, 2), int(2, 7), block(7, varint(300), varint(-1n))] },
    { why: 'two 4-bit integers in a byte', fields: [int(1, 3), int(2, 22), block(9, [1, 2])] },
    { why: 'texts', fields: [int(1, 2), int(2, 8), text(6, 'a'), text(6, '')] },
    { why: 'nothing, of a dimension 0', fields: [int(1, 0), int(1, 5), int(2, 1)] },
    { why: 'a scalar', fields: [int(2, 9), block(9, [1])] },
    { why: 'packed dimensions', fields: [block(1, [2, 3]), int(2, 2), block(9, new Uint8Array(6))] },
  ])('accepts $why', ({ fields }) => {
    expect(scan(withInitializer(...fields))).toMatchObject({ ok: true });
  });
});

describe('inputs and outputs', () => {
  const typed = (type: readonly number[]) =>
    Uint8Array.from(
      bare(
        int(1, 10),
        block(8, int(2, 21)),
        block(7, block(1, node()), block(11, value('x', type)), block(12, value('y', tensorType(1, [1])))),
      ),
    );
  refuses([
    {
      why: 'a sequence',
      rule: 'unsupported_type',
      bytes: typed(block(4, block(1, tensorType(1)))),
      path: 'graph.input[0]',
    },
    { why: 'a map', rule: 'unsupported_type', bytes: typed(block(5, int(1, 7), block(2, tensorType(1)))) },
    { why: 'an optional', rule: 'unsupported_type', bytes: typed(block(9, block(1, tensorType(1)))) },
    { why: 'an opaque type', rule: 'unsupported_type', bytes: typed(block(7, text(1, 'd'), text(2, 'n'))) },
    { why: 'a sparse tensor as input', rule: 'unsupported_type', bytes: typed(block(8, int(1, 1))) },
    {
      why: 'bfloat16, which the runtime’s binding does not take',
      rule: 'unsupported_type',
      bytes: typed(tensorType(16, [1])),
    },
    { why: 'no type', rule: 'unsupported_type', bytes: typed([]) },
    { why: 'an input of unknown rank', rule: 'unknown_shape', bytes: typed(tensorType(1)) },
    { why: 'a negative size', rule: 'tensor_shape', bytes: typed(tensorType(1, [-2])) },
    { why: 'a size beyond any tensor', rule: 'tensor_shape', bytes: typed(tensorType(1, [2 ** 40])) },
    {
      why: 'two inputs of one name',
      rule: 'duplicate_name',
      bytes: model(within(block(11, value('x', tensorType(1, [1]))))),
      path: 'graph.input[1]',
    },
    { why: 'no graph', rule: 'no_graph', bytes: Uint8Array.from(int(1, 10)) },
    {
      why: 'a graph without inputs',
      rule: 'no_graph',
      bytes: Uint8Array.from(bare(int(1, 10), block(7, block(12, value('y', tensorType(1, [1])))))),
    },
    {
      why: 'a graph whose only input is a constant',
      rule: 'no_graph',
      bytes: model(within(block(5, floats('x', [1])))),
    },
  ]);
});

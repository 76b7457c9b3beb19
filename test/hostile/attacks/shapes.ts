// Sizes that lie, overflow, or stand for more than anybody has.
import { block, graph, int, model, node, floats as tensor, text, varint } from '../../support/onnx-builder.ts';
import { type Attack, attacksOf } from '../attack.ts';
import { floats, int64s, modelOf, node as op, value } from '../graph-writer.ts';

type Part = readonly number[] | Uint8Array;

const initializer = (...fields: Part[]) => model(graph([node()], block(5, text(8, 'w'), ...fields)));
const float = int(2, 1);

export const shapes: readonly Attack[] = attacksOf('shapes', [
  {
    name: 'shape-2-60',
    why: 'an axis of 2^60',
    make: () => initializer(int(1, 2n ** 60n), float),
    rules: ['tensor_shape'],
  },
  {
    name: 'shape-negative',
    why: 'a negative axis',
    make: () => initializer(int(1, -1n), float, block(9, [])),
    rules: ['tensor_shape'],
  },
  {
    name: 'shape-wraps',
    why: 'axes whose product wraps around to 4',
    make: () => initializer(int(1, 2n ** 62n), int(1, 4), int(1, 4), float, block(9, new Uint8Array(16))),
    rules: ['tensor_shape'],
  },
  {
    name: 'shape-wraps-to-zero',
    why: 'axes whose product wraps around to 0',
    make: () => initializer(block(1, varint(2n ** 32n), varint(2n ** 32n)), float, block(9, [])),
    rules: ['tensor_shape'],
  },
  {
    name: 'shape-beside-zero',
    why: 'a giant axis beside an empty one',
    make: () => initializer(int(1, 0), int(1, 2n ** 62n), int(1, 4), float),
    rules: ['tensor_shape'],
  },
  {
    name: 'shape-lies-less',
    why: 'less data than its axes say',
    make: () => initializer(int(1, 1000), float, block(9, new Uint8Array(4))),
    rules: ['tensor_size'],
  },
  {
    name: 'shape-lies-more',
    why: 'more data than its axes say',
    make: () => initializer(int(1, 1), float, block(9, new Uint8Array(64))),
    rules: ['tensor_size'],
  },
  {
    name: 'shape-no-data',
    why: 'no data at all',
    make: () => initializer(int(1, 100_000_000), float),
    rules: ['tensor_size'],
  },
  {
    name: 'shape-data-twice',
    why: 'data of two kinds',
    make: () => initializer(int(1, 1), float, block(4, new Uint8Array(4)), block(9, new Uint8Array(4))),
    rules: ['tensor_size'],
  },
  {
    name: 'shape-rank',
    why: 'a thousand axes',
    make: () => initializer(...new Array<number[]>(1000).fill(int(1, 1)), float, block(9, new Uint8Array(4))),
    rules: ['too_many'],
  },
  {
    name: 'shape-segment',
    why: 'a part of a larger tensor',
    make: () => initializer(int(1, 1), float, block(3, int(1, 1), int(2, 9)), block(9, new Uint8Array(4))),
    rules: ['unknown_field'],
  },
  {
    name: 'shape-type',
    why: 'a type that is none',
    make: () => initializer(int(1, 1), int(2, 77), block(9, new Uint8Array(4))),
    rules: ['tensor_type'],
  },
  {
    name: 'shape-sparse-bomb',
    why: 'a sparse tensor of one value in 2^60',
    make: () =>
      model(
        graph(
          [node()],
          block(15, block(1, tensor('w', [1])), block(2, int(1, 1), int(2, 7), block(7, [0])), int(3, 2n ** 60n)),
        ),
      ),
    rules: ['sparse_tensor'],
  },
  {
    name: 'shape-sparse-index',
    why: 'a sparse tensor whose index is outside of it',
    make: () =>
      model(
        graph(
          [node()],
          block(15, block(1, tensor('w', [1])), block(2, int(1, 1), int(2, 7), block(7, varint(2n ** 40n))), int(3, 4)),
        ),
      ),
    rules: ['sparse_tensor'],
  },
  {
    name: 'shape-duplicate',
    why: 'two initializers of one name and different sizes',
    make: () => model(graph([node()], block(5, tensor('w', [1])), block(5, tensor('w', [4096])))),
    rules: ['duplicate_name'],
  },
  {
    name: 'shape-input-giant',
    why: 'an input that has 2^40 elements',
    make: () => modelOf({ nodes: [op('Identity', ['x'], ['y'])], inputs: [value('x', 'float', [2 ** 20, 2 ** 20])] }),
    rules: ['out_of_memory'],
  },
  {
    name: 'shape-inputs-giant',
    why: 'inputs whose axes overflow a double’s whole numbers',
    make: () =>
      modelOf({
        nodes: [op('Identity', ['x'], ['y'])],
        inputs: [value('x', 'float', new Array<number>(8).fill(2 ** 31 - 1))],
      }),
    rules: ['out_of_memory'],
  },
  {
    name: 'shape-gather-outside',
    why: 'indices beyond the table they look up in',
    make: () =>
      modelOf({
        nodes: [op('Gather', ['table', 'index'], ['g']), op('Add', ['x', 'g'], ['y'])],
        initializers: [floats('table', [1, 2]), int64s('index', [2n ** 40n])],
      }),
    rules: ['load_failed', 'run_failed'],
  },
  {
    name: 'shape-gather-by-caller',
    why: 'a table that callers look up in',
    make: () =>
      modelOf({
        nodes: [op('Gather', ['table', 'x'], ['y'])],
        inputs: [value('x', 'int64', ['n'])],
        initializers: [floats('table', [1, 2])],
      }),
    calls: [2 ** 40, -3, -(2 ** 40)].map((index) => ({
      why: `entry ${index} of two`,
      inputs: [{ name: 'x', datatype: 'INT64', shape: [1], data: [index] }],
      ends: ['model_failed'] as const,
    })),
  },
]);

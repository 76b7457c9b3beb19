// Operators along an axis: reductions, softmax, the place of the largest.
import type { Extent } from '../plan.ts';
import type { GraphNode } from './graph-node.ts';
import { operandOf } from './lower-elementwise.ts';
import { asFloat } from './lower-linear.ts';
import { reshaped } from './lower-shape.ts';
import { rowsAndColumns } from './lower-trees.ts';
import { axisOf, countIn, type Lowering, numbersOf, type Operand } from './lowering.ts';
import { need } from './unsupported.ts';

const around = (node: GraphNode, dims: readonly Extent[], first: number, count: number) => ({
  outer: countIn(dims.slice(0, first), node.op),
  axis: countIn(dims.slice(first, first + count), node.op),
  inner: countIn(dims.slice(first + count), node.op),
});

const withoutAxes = (dims: readonly Extent[], axes: readonly number[], keeps: boolean): Extent[] =>
  keeps ? dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim)) : dims.filter((_, axis) => !axes.includes(axis));

export const lowerReduce = (node: GraphNode, lowering: Lowering): void => {
  const input = operandOf(node, lowering, 0);
  const { dims, type } = input;
  need(type === 'FP32' || type === 'FP64', `${node.op}: of type ${type}`);
  const given =
    node.ints('axes') ?? (node.inputs[1] ? numbersOf(lowering.find(node.inputs[1]), `${node.op}: axes`) : []);
  if (given.length === 0 && node.int('noop_with_empty_axes', 0) !== 0) {
    lowering.bind(node.outputs[0], input);
    return;
  }
  const all = dims.map((_, axis) => axis);
  const axes =
    given.length === 0
      ? all
      : [...new Set(given.map((axis) => axisOf(axis, dims.length, node.op)))].sort((a, b) => a - b);
  const [first = 0] = axes;
  need(
    axes.every((axis, index) => axis === first + index),
    `${node.op}: axes ${axes.join(', ')}, which are not neighbours`,
  );
  const reduced = axes.map((axis) => dims[axis] as Extent);
  need(
    reduced.every((dim) => dim > 0),
    `${node.op}: along a dimension that is open`,
  );
  const params = { function: node.op.replace('Reduce', ''), ...around(node, dims, first, axes.length) };
  const out = [{ type, dims: withoutAxes(dims, axes, node.int('keepdims', 1) !== 0) }];
  const isPick = node.op === 'ReduceMax' || node.op === 'ReduceMin';
  const cost = countIn(reduced, node.op) * (node.op.includes('Exp') ? 20 : 2);
  lowering.bind(node.outputs[0], lowering.emitOne({ op: 'reduce', in: [input], params, out, cost, exact: isPick }));
};

export const lowerArg = (node: GraphNode, lowering: Lowering): void => {
  const input = operandOf(node, lowering, 0);
  const { dims } = input;
  need(input.type !== 'BYTES' && input.type !== 'BOOL', `${node.op}: of type ${input.type}`);
  const axis = axisOf(node.int('axis', 0), dims.length, node.op);
  const length = dims[axis] as Extent;
  need(length > 0, `${node.op}: along a dimension that is open`);
  const params = {
    function: `${node.op}${node.int('select_last_index', 0) === 0 ? '' : 'Last'}`,
    ...around(node, dims, axis, 1),
  };
  const out = [{ type: 'INT64' as const, dims: withoutAxes(dims, [axis], node.int('keepdims', 1) !== 0) }];
  lowering.bind(node.outputs[0], lowering.emitOne({ op: 'reduce', in: [input], params, out, cost: 2 * length }));
};

export const lowerSoftmax = (node: GraphNode, lowering: Lowering): void => {
  const input = operandOf(node, lowering, 0);
  const { dims, type } = input;
  need(type === 'FP32' || type === 'FP64', `${node.op}: of type ${type}`);
  const isOld = node.version < 13;
  const axis = axisOf(node.int('axis', isOld ? 1 : -1), dims.length, node.op);
  const { outer, axis: length, inner } = around(node, dims, axis, isOld ? dims.length - axis : 1);
  need(length > 0, `${node.op}: along a dimension that is open`);
  const params = { function: node.op, outer, axis: length, inner };
  const out = [{ type, dims }];
  lowering.bind(node.outputs[0], lowering.emitOne({ op: 'softmax', in: [input], params, out, cost: 20, exact: false }));
};

export const lowerNormalizer = (node: GraphNode, lowering: Lowering): void => {
  const input: Operand = asFloat(lowering, operandOf(node, lowering, 0));
  const norm = node.text('norm', 'MAX');
  need(['MAX', 'L1', 'L2'].includes(norm), `${node.op}: norm '${norm}'`);
  const { rows, columns } = rowsAndColumns(node, input);
  const out = [{ type: 'FP32' as const, dims: input.dims }];
  const normed = lowering.emitOne({ op: 'normalize', in: [input], params: { norm, rows, columns }, out, cost: 10 });
  lowering.bind(node.outputs[0], reshaped(normed, input.dims, node.op));
};

// Operators that take some of the elements along an axis.
import type { Extent } from '../plan.ts';
import type { GraphNode } from './graph-node.ts';
import { operandOf } from './lower-elementwise.ts';
import { axisOf, countIn, type Lowering, numbersOf, type Operand, sizesOf } from './lowering.ts';
import { need } from './unsupported.ts';

/** The elements at `picks` along the axis; `dims`: the result's shape, where it is not the input's with that many. */
const pickAlong = (
  node: GraphNode,
  lowering: Lowering,
  input: Operand,
  axis: number,
  picks: readonly number[],
  dims?: readonly Extent[],
): Operand => {
  const length = input.dims[axis] as Extent;
  need(length >= 0, `${node.op}: along a dimension that is open`);
  need(
    picks.every((at) => Number.isInteger(at) && at >= 0 && at < length),
    `${node.op}: an element beyond ${length}`,
  );
  const params = {
    picks: Int32Array.from(picks),
    outer: countIn(input.dims.slice(0, axis), node.op),
    axis: length,
    inner: countIn(input.dims.slice(axis + 1), node.op),
  };
  const shape = dims ?? input.dims.map((dim, at) => (at === axis ? picks.length : dim));
  return lowering.emitOne({ op: 'pick', in: [input], params, out: [{ type: input.type, dims: shape }] });
};

const wrapped = (at: number, length: number): number => (at < 0 ? at + length : at);

export const lowerGather = (node: GraphNode, lowering: Lowering): void => {
  const input = operandOf(node, lowering, 0);
  const indexes = operandOf(node, lowering, 1);
  const axis = axisOf(node.int('axis', 0), input.dims.length, node.op);
  if (input.kind === 'sizes') {
    const places = numbersOf(indexes, `${node.op}: an index`);
    const sizes = places.map((at) => input.sizes[wrapped(at, input.sizes.length)]);
    need(
      sizes.every((size) => size !== undefined),
      `${node.op}: a dimension that is missing`,
    );
    lowering.bind(node.outputs[0], {
      kind: 'sizes',
      type: 'INT64',
      dims: indexes.dims.map(Number),
      sizes: sizes as Extent[],
    });
    return;
  }
  const dims = [...input.dims.slice(0, axis), ...indexes.dims, ...input.dims.slice(axis + 1)];
  if (indexes.kind !== 'value') {
    const length = input.dims[axis] as Extent;
    const picks = numbersOf(indexes, `${node.op}: an index`).map((at) => wrapped(at, length));
    lowering.bind(node.outputs[0], pickAlong(node, lowering, input, axis, picks, dims));
    return;
  }
  need(input.kind === 'constant' && axis === 0, `${node.op}: from and by what is known only when running`);
  lowering.bind(node.outputs[0], lookUp(node, lowering, input, indexes, dims));
};

const lookUp = (
  node: GraphNode,
  lowering: Lowering,
  table: Operand,
  indexes: Operand,
  dims: readonly Extent[],
): Operand => {
  need(indexes.type === 'INT64' || indexes.type === 'INT32', `${node.op}: by ${indexes.type}`);
  const [length = 1] = table.dims;
  const inner = countIn(table.dims.slice(1), node.op);
  const params = { length, inner, size: countIn(indexes.dims, node.op), wraps: node.op === 'Gather' };
  return lowering.emitOne({ op: 'lookUp', in: [table, indexes], params, out: [{ type: table.type, dims }], cost: 3 });
};

/** Columns by number, of a matrix; or labels by number. */
export const lowerArrayFeatureExtractor = (node: GraphNode, lowering: Lowering): void => {
  const input = operandOf(node, lowering, 0);
  const indexes = operandOf(node, lowering, 1);
  const count = countIn(indexes.dims, node.op);
  need(input.dims.length >= 1, `${node.op}: a single value`);
  if (indexes.kind !== 'value') {
    const picks = numbersOf(indexes, `${node.op}: an index`);
    const dims = input.dims.length === 1 ? [1, picks.length] : [...input.dims.slice(0, -1), picks.length];
    lowering.bind(node.outputs[0], pickAlong(node, lowering, input, input.dims.length - 1, picks, dims));
    return;
  }
  const outer = countIn(input.dims.slice(0, -1), node.op);
  need(input.kind === 'constant' && outer === 1, `${node.op}: from and by what is known only when running`);
  const table: Operand = { ...input, dims: [input.dims.at(-1) as number] };
  lowering.bind(node.outputs[0], lookUp(node, lowering, table, indexes, [1, count]));
};

export const lowerSlice = (node: GraphNode, lowering: Lowering): void => {
  const input = operandOf(node, lowering, 0);
  const listed = (name: string, index: number): number[] | undefined => {
    if (node.version < 10) return node.ints(name);
    const operand = lowering.find(node.inputs[index]);
    return operand && numbersOf(operand, `${node.op}: ${name}`);
  };
  const [starts, ends] = [listed('starts', 1) ?? [], listed('ends', 2) ?? []];
  const axes = listed('axes', 3) ?? starts.map((_, axis) => axis);
  const steps = (node.version < 10 ? undefined : listed('steps', 4)) ?? starts.map(() => 1);
  need(
    ends.length === starts.length && axes.length === starts.length && steps.length === starts.length,
    `${node.op}: lists of unequal length`,
  );
  if (input.kind === 'sizes') {
    need(axes.length === 1 && steps[0] === 1, `${node.op}: of a shape, by steps`);
    const picks = rangeOf(node, starts[0] as number, ends[0] as number, 1, input.sizes.length);
    const sizes = picks.map((at) => input.sizes[at] as Extent);
    lowering.bind(node.outputs[0], { kind: 'sizes', type: 'INT64', dims: [sizes.length], sizes });
    return;
  }
  let sliced: Operand = input;
  for (const [index, given] of axes.entries()) {
    const axis = axisOf(given, input.dims.length, node.op);
    const length = input.dims[axis] as Extent;
    const [start, end, step] = [starts[index], ends[index], steps[index]] as [number, number, number];
    if (length < 0 && start === 0 && end >= 2_147_483_647 && step === 1) continue;
    need(length >= 0, `${node.op}: along a dimension that is open`);
    sliced = pickAlong(node, lowering, sliced, axis, rangeOf(node, start, end, step, length));
  }
  lowering.bind(node.outputs[0], sliced);
};

const rangeOf = (node: GraphNode, start: number, end: number, step: number, length: number): number[] => {
  need(Number.isInteger(step) && step !== 0, `${node.op}: a step of ${step}`);
  const clamp = (at: number, low: number, high: number) => Math.max(low, Math.min(high, wrapped(at, length)));
  const from = step > 0 ? clamp(start, 0, length) : clamp(start, 0, length - 1);
  const to = step > 0 ? clamp(end, 0, length) : clamp(end, -1, length - 1);
  const picks: number[] = [];
  for (let at = from; step > 0 ? at < to : at > to; at += step) picks.push(at);
  need(picks.length > 0, `${node.op}: nothing left`);
  return picks;
};

export const lowerSplit = (node: GraphNode, lowering: Lowering): void => {
  const input = operandOf(node, lowering, 0);
  const axis = axisOf(node.int('axis', 0), input.dims.length, node.op);
  const length = input.dims[axis] as Extent;
  need(length >= 0, `${node.op}: along a dimension that is open`);
  const parts = node.outputs.length;
  const even = Math.ceil(length / parts);
  const given =
    node.ints('split') ??
    (node.inputs[1] ? [...sizesOf(lowering.find(node.inputs[1]), `${node.op}: sizes`)] : undefined);
  const sizes = given ?? node.outputs.map((_, part) => Math.min(even, length - part * even));
  need(
    sizes.length === parts && sizes.reduce((sum, size) => sum + size, 0) === length,
    `${node.op}: ${sizes.join(' + ')} of ${length}`,
  );
  let start = 0;
  for (const [part, size] of sizes.entries()) {
    need(size > 0, `${node.op}: a part of ${size}`);
    const first = start;
    const picks = Array.from({ length: size }, (_, at) => first + at);
    lowering.bind(node.outputs[part], pickAlong(node, lowering, input, axis, picks));
    start += size;
  }
};

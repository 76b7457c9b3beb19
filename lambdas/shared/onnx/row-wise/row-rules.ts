// Rules of the operators that keep rows apart, ONNX's own domain: what their outputs are, given what their inputs are.
// An operator that is not here is not proven.
import type { RowNode } from './row-node.ts';
import { productOf, type RowValue, rowsOf, type Sizes } from './row-value.ts';

/** @returns a value an output, or one for all @throws NotRowWise */
export type RowRule = (node: RowNode) => RowValue | readonly RowValue[];

/** y[i] of x[i], whatever the shape; further inputs are settings. */
export const keepsShape: RowRule = (node) => {
  node.onlyFirstOutput();
  node.constantsFrom(1);
  return node.rows(0);
};

/**
 * Operators of several tensors, element by element. Shapes are aligned at their ends, so rows meet rows only where all
 * have as many dimensions; a constant must not reach the rows' dimension, or be 1 there.
 */
export const broadcasts: RowRule = (node) => {
  const given = node.inputs.filter((value) => value !== undefined);
  const rows = given.filter((value) => value.kind === 'rows');
  const rank = (rows[0]?.rest.length ?? 0) + 1;
  if (rows.some(({ rest }) => rest.length + 1 !== rank)) throw node.refuse('rows of different ranks');
  const shapes: Sizes[] = rows.map(({ rest }) => rest);
  for (const [index, value] of node.inputs.entries()) {
    if (value?.kind !== 'constant') continue;
    const dims = node.constantDims(index);
    if (dims.length > rank || (dims.length === rank && dims[0] !== 1)) throw node.refuse('a constant across rows');
    shapes.push(dims.length === rank ? dims.slice(1) : dims);
  }
  return rowsOf(Array.from({ length: rank - 1 }, (_, axis) => broadcastSize(shapes, axis - (rank - 1))));
};

/** @param fromEnd - -1 is the last dimension */
const broadcastSize = (shapes: readonly Sizes[], fromEnd: number): number | undefined => {
  const sizes = shapes.filter((shape) => shape.length >= -fromEnd).map((shape) => shape.at(fromEnd));
  // One that is known and not 1 decides, or the run fails.
  const decided = sizes.find((size) => size !== undefined && size !== 1);
  return decided ?? (sizes.every((size) => size === 1) ? 1 : undefined);
};

const gemm: RowRule = (node) => {
  const x = node.rowsOfRank(0, 2);
  if (node.int('transA', 0) !== 0) throw node.refuse('turns rows into columns');
  const weights = node.constantDims(1);
  if (weights.length !== 2 || x.rest.length !== 1) throw node.refuse('weights must have 2 dimensions');
  const bias = node.inputs[2];
  if (bias?.kind === 'rows') node.rowsOfRank(2, 2);
  else if (bias) {
    const dims = node.constantDims(2);
    if (dims.length > 2 || (dims.length === 2 && dims[0] !== 1)) throw node.refuse('a constant across rows');
  }
  return rowsOf([weights[node.int('transB', 0) === 0 ? 1 : 0]]);
};

const matMul: RowRule = (node) => {
  const [left, right] = node.inputs;
  if (left?.kind === 'rows' && right?.kind === 'rows') {
    // Products within each row: rows are one of the dimensions that a product is repeated over.
    const a = node.rows(0, 3);
    const b = node.rowsOfRank(1, a.rest.length + 1);
    return rowsOf([...a.rest.slice(0, -2).map(() => undefined), a.rest.at(-2), b.rest.at(-1)]);
  }
  if (left?.kind === 'rows') {
    const a = node.rows(0, 2);
    const dims = node.constantDims(1);
    if (dims.length !== 1 && dims.length !== 2) throw node.refuse('a constant of 1 or 2 dimensions is needed');
    return rowsOf([...a.rest.slice(0, -1), ...dims.slice(1)]);
  }
  const b = node.rows(1, 3);
  const dims = node.constantDims(0);
  if (dims.length !== 2) throw node.refuse('a constant of 2 dimensions is needed');
  return rowsOf([...b.rest.slice(0, -2), dims[0], b.rest.at(-1)]);
};

const softmax: RowRule = (node) => {
  const x = node.rows(0, 2);
  // Before version 13 everything from the axis on is one; either way the rows are not among it.
  node.axisBeside(node.int('axis', node.version >= 13 ? -1 : 1), x.rest.length + 1);
  return x;
};

/** Axes from the attribute, or from an input since some version. @throws NotRowWise where none are given: it may mean all */
const axesOf = (node: RowNode, inputSince: number, rank: number, input = 1): number[] => {
  const axes = node.version >= inputSince && node.inputs[input] ? node.constantInts(input) : node.ints('axes');
  if (!axes || axes.length === 0) throw node.refuse('no axes');
  return axes.map((axis) => node.axisBeside(axis, rank));
};

const reduces =
  (axesInputSince: number): RowRule =>
  (node) => {
    const x = node.rows(0, 2);
    const axes = new Set(axesOf(node, axesInputSince, x.rest.length + 1));
    return rowsOf(withoutAxes(x.rest, axes, node.int('keepdims', 1) !== 0));
  };

/** @param axes - counted with the rows' */
const withoutAxes = (rest: Sizes, axes: ReadonlySet<number>, keep: boolean): Sizes =>
  rest.flatMap((size, index) => (axes.has(index + 1) ? (keep ? [1] : []) : [size]));

const argument: RowRule = (node) => {
  const x = node.rows(0, 2);
  const axis = node.axisBeside(node.int('axis', 0), x.rest.length + 1);
  return rowsOf(withoutAxes(x.rest, new Set([axis]), node.int('keepdims', 1) !== 0));
};

const topK: RowRule = (node) => {
  const x = node.rows(0, 2);
  node.constantsFrom(1);
  const axis = node.axisBeside(node.int('axis', -1), x.rest.length + 1);
  return rowsOf(x.rest.map((size, index) => (index + 1 === axis ? undefined : size)));
};

const concat: RowRule = (node) => {
  const first = node.rows(0, 2);
  const rank = first.rest.length + 1;
  const axis = node.axisBeside(node.int('axis', 0), rank);
  const parts = node.inputs.map((_, index) => node.rowsOfRank(index, rank).rest);
  // The runtime takes an empty tensor for one that fits, and leaves its part of the answer unwritten.
  const known = first.rest.map((_, index) => new Set(parts.flatMap((rest) => rest[index] ?? [])));
  if (known.some((of, index) => index + 1 !== axis && of.size > 1)) throw node.refuse('sizes that differ');
  const sizes = parts.map((rest) => rest[axis - 1]);
  const together = sizes.reduce((sum, size) => (sum === undefined || size === undefined ? undefined : sum + size), 0);
  return rowsOf(first.rest.map((size, index) => (index + 1 === axis ? together : size)));
};

const split: RowRule = (node) => {
  const x = node.rows(0, 2);
  node.constantsFrom(1);
  const axis = node.axisBeside(node.int('axis', 0), x.rest.length + 1);
  return rowsOf(x.rest.map((size, index) => (index + 1 === axis ? undefined : size)));
};

const flatten: RowRule = (node) => {
  const x = node.rows(0);
  const axis = node.int('axis', 1);
  if ((axis < 0 ? axis + x.rest.length + 1 : axis) !== 1) throw node.refuse('mixes rows');
  return rowsOf([productOf(x.rest)]);
};

const reshape: RowRule = (node) => {
  const { rest } = node.rows(0);
  if (node.int('allowzero', 0) !== 0) throw node.refuse('sizes of 0');
  const [first, ...others] = node.constantInts(1);
  const sizes = others.map((size, index) => (size === 0 ? rest[index] : size === -1 ? undefined : size));
  if (first === 0) return rowsOf(sizes);
  const [before, after] = [productOf(rest), productOf(sizes)];
  // With the rows' size left open, they stay rows only if each keeps its elements.
  if (first !== -1 || others.includes(-1) || before === undefined || before !== after) throw node.refuse('mixes rows');
  return rowsOf(sizes);
};

const transpose: RowRule = (node) => {
  const { rest } = node.rows(0);
  const order = node.ints('perm') ?? Array.from({ length: rest.length + 1 }, (_, index) => rest.length - index);
  if (order[0] !== 0 || order.length !== rest.length + 1) throw node.refuse('moves the rows’ dimension');
  return rowsOf(order.slice(1).map((axis) => rest[axis - 1]));
};

const squeeze: RowRule = (node) => {
  const { rest } = node.rows(0);
  return rowsOf(withoutAxes(rest, new Set(axesOf(node, 13, rest.length + 1)), false));
};

const unsqueeze: RowRule = (node) => {
  const { rest } = node.rows(0);
  const given = node.version >= 13 ? node.constantInts(1) : (node.ints('axes') ?? []);
  const rank = rest.length + 1 + given.length;
  const axes = new Set(given.map((axis) => node.axisBeside(axis, rank)));
  const sizes = [...rest];
  return rowsOf(Array.from({ length: rank - 1 }, (_, index) => (axes.has(index + 1) ? 1 : sizes.shift())));
};

const slice: RowRule = (node) => {
  const { rest } = node.rows(0, 2);
  node.constantsFrom(1);
  const axes = new Set(axesOf(node, 10, rest.length + 1, 3));
  return rowsOf(rest.map((size, index) => (axes.has(index + 1) ? undefined : size)));
};

const gather: RowRule = (node) => {
  const [data, indices] = node.inputs;
  if (data?.kind === 'constant' && indices?.kind === 'rows') {
    const dims = node.constantDims(0);
    if (node.int('axis', 0) !== 0) throw node.refuse('moves the rows’ dimension');
    return rowsOf([...indices.rest, ...dims.slice(1)]);
  }
  const { rest } = node.rows(0, 2);
  const axis = node.axisBeside(node.int('axis', 0), rest.length + 1);
  return rowsOf([...rest.slice(0, axis - 1), ...node.constantDims(1), ...rest.slice(axis)]);
};

const convolution: RowRule = (node) => {
  const { rest } = node.rows(0, 3);
  node.constantsFrom(1);
  return rowsOf([node.op === 'Conv' ? node.constantDims(1)[0] : undefined, ...rest.slice(1).map(() => undefined)]);
};

const pool: RowRule = (node) => {
  node.onlyFirstOutput();
  const { rest } = node.rows(0, 3);
  return rowsOf([rest[0], ...rest.slice(1).map(() => (node.op.startsWith('Global') ? 1 : undefined))]);
};

/** By statistics of its own, or by constants: never by the batch's. */
const normalisation: RowRule = (node) => {
  const x = node.rows(0, node.op === 'InstanceNormalization' ? 3 : 2);
  node.onlyFirstOutput();
  node.constantsFrom(1);
  if (node.int('training_mode', 0) !== 0) throw node.refuse('statistics of the batch');
  if (node.op !== 'LayerNormalization') return x;
  node.axisBeside(node.int('axis', -1), x.rest.length + 1);
  for (const input of [1, 2]) {
    if (node.inputs[input] && node.constantDims(input).length > x.rest.length) throw node.refuse('scales across rows');
  }
  return x;
};

const dropout: RowRule = (node) => {
  if (node.inputs[2]) throw node.refuse('a training mode');
  return keepsShape(node);
};

/** Per tensor, or along an axis that is not the rows'. */
const quantises: RowRule = (node) => {
  const x = node.rows(0, 2);
  node.constantsFrom(1);
  if (node.constantDims(1).length > 1) throw node.refuse('scales by blocks');
  if (node.constantDims(1).length === 1) node.axisBeside(node.int('axis', 1), x.rest.length + 1);
  return x;
};

const all = (rule: RowRule, ...names: readonly string[]): Record<string, RowRule> =>
  Object.fromEntries(names.map((name) => [name, rule]));

export const generalRules: Readonly<Record<string, RowRule>> = {
  ...all(keepsShape, 'Relu', 'Sigmoid', 'Tanh', 'LeakyRelu', 'Elu', 'Selu', 'Celu', 'ThresholdedRelu', 'HardSigmoid'),
  ...all(keepsShape, 'HardSwish', 'Softplus', 'Softsign', 'Mish', 'Gelu', 'Erf', 'Exp', 'Log', 'Sqrt', 'Abs', 'Neg'),
  ...all(keepsShape, 'Reciprocal', 'Floor', 'Ceil', 'Round', 'Sign', 'Sin', 'Cos', 'Tan', 'Atan', 'Sinh', 'Cosh'),
  ...all(keepsShape, 'Not', 'IsNaN', 'IsInf', 'Cast', 'Clip', 'Identity', 'LRN'),
  ...all(broadcasts, 'Add', 'Sub', 'Mul', 'Div', 'Pow', 'Mod', 'PRelu', 'Sum', 'Min', 'Max', 'Mean', 'Where'),
  ...all(broadcasts, 'Less', 'LessOrEqual', 'Greater', 'GreaterOrEqual', 'Equal', 'And', 'Or', 'Xor'),
  ...all(reduces(18), 'ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceL1', 'ReduceL2'),
  ...all(reduces(18), 'ReduceSumSquare', 'ReduceLogSum', 'ReduceLogSumExp'),
  ReduceSum: reduces(13),
  ...all(argument, 'ArgMax', 'ArgMin'),
  ...all(softmax, 'Softmax', 'LogSoftmax', 'Hardmax'),
  ...all(convolution, 'Conv', 'ConvTranspose'),
  ...all(pool, 'MaxPool', 'AveragePool', 'GlobalMaxPool', 'GlobalAveragePool'),
  ...all(normalisation, 'BatchNormalization', 'InstanceNormalization', 'LayerNormalization'),
  ...all(quantises, 'QuantizeLinear', 'DequantizeLinear'),
  Concat: concat,
  Dropout: dropout,
  Flatten: flatten,
  Gather: gather,
  Gemm: gemm,
  MatMul: matMul,
  Reshape: reshape,
  Slice: slice,
  Split: split,
  Squeeze: squeeze,
  TopK: topK,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
};

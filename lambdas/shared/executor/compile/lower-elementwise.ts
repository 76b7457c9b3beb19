// Operators of one element at a time, with ONNX's broadcasting.
import type { ElementType, Extent, Parameter } from '../plan.ts';
import type { GraphNode } from './graph-node.ts';
import { countIn, type Lowering, numbersOf, type Operand } from './lowering.ts';
import { need, Unsupported } from './unsupported.ts';

const isFloat = (type: ElementType) => type === 'FP32' || type === 'FP64';
const isInteger = (type: ElementType) => type === 'INT64' || type === 'INT32';

export const operandOf = (node: GraphNode, lowering: Lowering, index: number): Operand => {
  const operand = lowering.find(node.inputs[index]);
  need(operand, `${node.op}: no input ${index}`);
  return operand;
};

export const emitUnary = (
  lowering: Lowering,
  input: Operand,
  params: { readonly function: string; readonly alpha?: number; readonly beta?: number },
  options: { readonly type?: ElementType; readonly exact?: boolean } = {},
): Operand =>
  lowering.emitOne({
    op: 'unary',
    in: [input],
    params: { ...params, size: countIn(input.dims, params.function) },
    out: [{ type: options.type ?? input.type, dims: input.dims }],
    cost: options.exact === false ? 20 : 2,
    exact: options.exact ?? true,
  });

/** Operators whose result is the correctly rounded one, whoever computes it. */
const exactUnary = ['Relu', 'LeakyRelu', 'Sqrt', 'Abs', 'Neg', 'Reciprocal', 'Floor', 'Ceil', 'Sign'];
const signed = ['Abs', 'Neg', 'Sign', 'Relu'];
const slopes: Readonly<Record<string, readonly [alpha: number, beta: number]>> = {
  LeakyRelu: [0.01, 0],
  Elu: [1, 0],
  Selu: [1.6732632423543772, 1.0507009873554805],
  HardSigmoid: [0.2, 0.5],
};

export const lowerUnary = (node: GraphNode, lowering: Lowering): void => {
  const input = operandOf(node, lowering, 0);
  const allowed = isFloat(input.type) || (isInteger(input.type) && signed.includes(node.op));
  need(allowed, `${node.op}: of type ${input.type}`);
  const [alpha, beta] = slopes[node.op] ?? [0, 0];
  const params = {
    function: node.op,
    alpha: Math.fround(node.float('alpha', alpha)),
    beta: Math.fround(node.float(node.op === 'Selu' ? 'gamma' : 'beta', beta)),
  };
  lowering.bind(node.outputs[0], emitUnary(lowering, input, params, { exact: exactUnary.includes(node.op) }));
};

export const lowerGelu = (node: GraphNode, lowering: Lowering): void => {
  const input = operandOf(node, lowering, 0);
  need(isFloat(input.type), `${node.op}: of type ${input.type}`);
  const approximate = node.text('approximate', 'none');
  need(approximate === 'none' || approximate === 'tanh', `${node.op}: approximate '${approximate}'`);
  const name = approximate === 'tanh' ? 'GeluTanh' : 'Gelu';
  lowering.bind(node.outputs[0], emitUnary(lowering, input, { function: name }, { exact: false }));
};

export const lowerNot = (node: GraphNode, lowering: Lowering): void => {
  const input = operandOf(node, lowering, 0);
  need(input.type === 'BOOL', `${node.op}: of type ${input.type}`);
  lowering.bind(node.outputs[0], emitUnary(lowering, input, { function: 'Not' }));
};

export const lowerIsNaN = (node: GraphNode, lowering: Lowering): void => {
  const input = operandOf(node, lowering, 0);
  need(isFloat(input.type), `${node.op}: of type ${input.type}`);
  lowering.bind(node.outputs[0], emitUnary(lowering, input, { function: 'IsNaN' }, { type: 'BOOL' }));
};

export const lowerBinarizer = (node: GraphNode, lowering: Lowering): void => {
  const input = operandOf(node, lowering, 0);
  need(isFloat(input.type), `${node.op}: of type ${input.type}`);
  const alpha = Math.fround(node.float('threshold', 0));
  lowering.bind(node.outputs[0], emitUnary(lowering, input, { function: 'Binarizer', alpha }));
};

export const lowerClip = (node: GraphNode, lowering: Lowering): void => {
  const input = operandOf(node, lowering, 0);
  need(isFloat(input.type), `${node.op}: of type ${input.type}`);
  const limit = (index: number, name: string, fallback: number): number => {
    const operand = lowering.find(node.inputs[index]);
    if (!operand) return node.version < 11 ? Math.fround(node.float(name, fallback)) : fallback;
    return numbersOf(operand, `${node.op}: a limit`)[0] ?? fallback;
  };
  // Without a limit the type's own holds: an infinity is cut, too.
  const most = input.type === 'FP32' ? 3.4028234663852886e38 : Number.MAX_VALUE;
  const [alpha, beta] = [limit(1, 'min', -most), limit(2, 'max', most)];
  need(alpha <= beta, `${node.op}: limits ${alpha} and ${beta}`);
  lowering.bind(node.outputs[0], emitUnary(lowering, input, { function: 'Clip', alpha, beta }));
};

/** TensorProto.DataType → what the executor holds it as. */
const castTargets: Readonly<Record<number, ElementType>> = {
  1: 'FP32',
  6: 'INT32',
  7: 'INT64',
  8: 'BYTES',
  9: 'BOOL',
  11: 'FP64',
};

export const lowerCast = (node: GraphNode, lowering: Lowering): void => {
  const to = castTargets[node.int('to', 0)];
  need(to, `${node.op}: to type ${node.int('to', 0)}`);
  lowering.bind(node.outputs[0], cast(lowering, operandOf(node, lowering, 0), to));
};

export const cast = (lowering: Lowering, input: Operand, to: ElementType): Operand => {
  if (input.type === to) return input;
  need(input.type !== 'BYTES', `Cast: from text to ${to}`);
  const size = countIn(input.dims, 'Cast');
  if (to === 'BYTES') {
    need(isInteger(input.type), `Cast: from ${input.type} to text`);
    return lowering.emitOne({
      op: 'toText',
      in: [input],
      params: { size },
      out: [{ type: to, dims: input.dims }],
      cost: 20,
    });
  }
  const name = { FP32: 'ToFloat', FP64: 'ToFloat', INT32: 'ToInt32', INT64: 'ToInt64', BOOL: 'ToBool' }[to];
  return emitUnary(lowering, input, { function: name }, { type: to });
};

/** The shape that all come to, dimension by dimension. */
export const broadcastDims = (what: string, operands: readonly (readonly Extent[])[]): Extent[] => {
  const rank = Math.max(...operands.map(({ length }) => length));
  return Array.from({ length: rank }, (_, axis) => {
    let found: Extent = 1;
    for (const dims of operands) {
      const dim = dims[axis - rank + dims.length] ?? 1;
      if (dim === 1 || dim === found) continue;
      need(found === 1, `${what}: shapes that do not fit: ${operands.map((one) => one.join(' × ')).join(' and ')}`);
      found = dim;
    }
    return found;
  });
};

/** Three dimensions that a kernel loops over, with each operand's step in each; neighbours that go alike are one. */
export const loopsOf = (
  what: string,
  out: readonly Extent[],
  strides: readonly (readonly Extent[])[],
): Record<string, Parameter> => {
  const dims: Extent[] = [];
  const steps: Extent[][] = strides.map(() => []);
  for (let axis = out.length - 1; axis >= 0; axis--) {
    const dim = out[axis] as Extent;
    if (dim === 1) continue;
    const inner = dims[0];
    const joins =
      inner !== undefined &&
      !(dim < 0 && inner < 0) &&
      strides.every(
        (one, operand) => (one[axis] as Extent) === multiplied((steps[operand] as Extent[])[0] as Extent, inner),
      );
    if (joins) {
      dims[0] = inner * dim;
      continue;
    }
    dims.unshift(dim);
    for (const [operand, one] of strides.entries()) (steps[operand] as Extent[]).unshift(one[axis] as Extent);
  }
  need(dims.length <= 3, `${what}: a shape that takes more than three loops`);
  while (dims.length < 3) {
    dims.unshift(1);
    for (const one of steps) one.unshift(0);
  }
  return { dims, strides: steps.flat() };
};

/** Of two extents of which one at most depends on the rows. */
const multiplied = (a: Extent, b: Extent): Extent => {
  if (a < 0 && b < 0) throw new Unsupported('a shape of which two dimensions are open');
  return a * b;
};

/** Steps between neighbours along each dimension of a row-major shape. */
export const stridesOf = (dims: readonly Extent[]): Extent[] => {
  const strides: Extent[] = [];
  let stride: Extent = 1;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    strides.unshift(stride);
    stride = multiplied(stride, dims[axis] as Extent);
  }
  return strides;
};

export const broadcastStrides = (dims: readonly Extent[], out: readonly Extent[]): Extent[] => {
  const own = stridesOf(dims);
  return out.map((_, axis) => {
    const at = axis - out.length + dims.length;
    return at < 0 || dims[at] === 1 ? 0 : (own[at] as Extent);
  });
};

const comparisons = ['Less', 'LessOrEqual', 'Greater', 'GreaterOrEqual', 'Equal'];
const logic = ['And', 'Or', 'Xor'];

export const lowerBinary = (node: GraphNode, lowering: Lowering): void => {
  const [left, right] = [operandOf(node, lowering, 0), operandOf(node, lowering, 1)];
  lowering.bind(node.outputs[0], emitBinary(lowering, node.op, left, right));
};

/** Sum, Mean, Max, Min of any number, one after another. */
export const lowerVariadic = (node: GraphNode, lowering: Lowering): void => {
  const operands = node.inputs.map((_, index) => operandOf(node, lowering, index));
  const [first, ...others] = operands;
  need(first && isFloat(first.type), `${node.op}: of type ${first?.type}`);
  const name = node.op === 'Sum' ? 'Add' : node.op;
  lowering.bind(
    node.outputs[0],
    others.reduce<Operand>((sum, operand) => emitBinary(lowering, name, sum, operand), first),
  );
};

const emitBinary = (lowering: Lowering, op: string, left: Operand, right: Operand): Operand => {
  const { type } = left;
  const isPower = op === 'Pow';
  need(type === right.type || isPower, `${op}: of types ${type} and ${right.type}`);
  const isLogic = logic.includes(op);
  const isComparison = comparisons.includes(op);
  need(isLogic ? type === 'BOOL' : type !== 'BOOL' || op === 'Equal', `${op}: of type ${type}`);
  need(type !== 'BYTES' || op === 'Equal', `${op}: of texts`);
  const isArithmetic = !isLogic && !isComparison;
  need(
    !(isPower && !(isFloat(type) && right.type !== 'BYTES' && right.type !== 'BOOL')),
    `${op}: of types ${type} and ${right.type}`,
  );
  const withIntegers = isArithmetic && isInteger(type);
  need(
    !withIntegers || (type === 'INT64' && ['Add', 'Sub', 'Mul', 'Div', 'Min', 'Max'].includes(op)),
    `${op}: of type ${type}`,
  );
  const dims = broadcastDims(op, [left.dims, right.dims]);
  const strides = [broadcastStrides(left.dims, dims), broadcastStrides(right.dims, dims)];
  const name = withIntegers && !['Min', 'Max'].includes(op) ? `Int${op}` : op;
  return lowering.emitOne({
    op: type === 'BYTES' ? 'equalTexts' : 'binary',
    in: [left, right],
    params: { function: name, ...loopsOf(op, dims, strides) },
    out: [{ type: isComparison || isLogic ? 'BOOL' : type, dims }],
    cost: isPower ? 20 : 2,
    exact: !isPower,
  });
};

export const lowerWhere = (node: GraphNode, lowering: Lowering): void => {
  const operands = [0, 1, 2].map((index) => operandOf(node, lowering, index));
  const [condition, yes, no] = operands as [Operand, Operand, Operand];
  need(condition.type === 'BOOL' && yes.type === no.type, `${node.op}: of types ${yes.type} and ${no.type}`);
  const dims = broadcastDims(
    node.op,
    operands.map((operand) => operand.dims),
  );
  const strides = operands.map((operand) => broadcastStrides(operand.dims, dims));
  const params = loopsOf(node.op, dims, strides);
  const out = [{ type: yes.type, dims }];
  lowering.bind(node.outputs[0], lowering.emitOne({ op: 'where', in: operands, params, out, cost: 5 }));
};

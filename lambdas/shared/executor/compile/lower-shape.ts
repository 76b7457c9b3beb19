// Operators that change no element: shapes, pieces, and copies in another order.
import { tensorElements } from '../../onnx/tensor-elements.ts';
import { executorBounds } from '../executor-bounds.ts';
import type { Extent } from '../plan.ts';
import { constantFrom } from './constants.ts';
import type { GraphNode } from './graph-node.ts';
import { broadcastDims, broadcastStrides, cast, loopsOf, operandOf, stridesOf } from './lower-elementwise.ts';
import { axisOf, countIn, type Lowering, numbersOf, type Operand, sizesOf } from './lowering.ts';
import { need } from './unsupported.ts';

/** The same elements in another shape. */
export const reshaped = (operand: Operand, dims: readonly Extent[], what: string): Operand => {
  need(dims.length <= executorBounds.rank, `${what}: ${dims.length} dimensions`);
  if (operand.kind === 'value') return { ...operand, dims };
  need(
    dims.every((dim) => dim >= 0),
    `${what}: a constant with an open dimension`,
  );
  return { ...operand, dims };
};

export const lowerIdentity = (node: GraphNode, lowering: Lowering): void => {
  need(!node.outputs[1], `${node.op}: a second output`);
  lowering.bind(node.outputs[0], operandOf(node, lowering, 0));
};

export const lowerConstant = (node: GraphNode, lowering: Lowering): void => {
  const tensor = node.tensor('value');
  const output = node.outputs[0];
  if (tensor) {
    const elements = tensorElements(tensor, executorBounds.constantElements);
    need(elements, `${node.op}: a tensor of type ${tensor.dataType}`);
    lowering.bind(output, constantFrom(elements));
  } else if (node.has('value_float')) {
    lowering.bind(output, {
      kind: 'constant',
      type: 'FP32',
      dims: [],
      data: Float32Array.of(node.float('value_float', 0)),
    });
  } else if (node.has('value_int')) {
    lowering.bind(output, {
      kind: 'constant',
      type: 'INT64',
      dims: [],
      data: Float64Array.of(node.int('value_int', 0)),
    });
  } else {
    const ints = node.ints('value_ints');
    const floats = node.floats('value_floats');
    need((ints && ints.length > 0) || (floats && floats.length > 0), `${node.op}: a value of another kind`);
    if (ints && ints.length > 0) {
      lowering.bind(output, { kind: 'constant', type: 'INT64', dims: [ints.length], data: Float64Array.from(ints) });
    } else {
      const data = Float32Array.from(floats ?? []);
      lowering.bind(output, { kind: 'constant', type: 'FP32', dims: [data.length], data });
    }
  }
};

export const lowerShape = (node: GraphNode, lowering: Lowering): void => {
  node.only('start', 'end');
  const { dims } = operandOf(node, lowering, 0);
  const clamp = (at: number) => Math.max(0, Math.min(dims.length, at < 0 ? at + dims.length : at));
  const sizes = dims.slice(clamp(node.int('start', 0)), clamp(node.int('end', dims.length)));
  lowering.bind(node.outputs[0], { kind: 'sizes', type: 'INT64', dims: [sizes.length], sizes });
};

export const lowerReshape = (node: GraphNode, lowering: Lowering): void => {
  const input = operandOf(node, lowering, 0);
  const wanted = sizesOf(lowering.find(node.inputs[1]), `${node.op}: a shape`);
  const allowZero = node.int('allowzero', 0) !== 0;
  const fromSizes = lowering.find(node.inputs[1])?.kind === 'sizes';
  const total = countIn(input.dims, node.op);
  // In a list of sizes −1 stands for the rows; in a constant for what is left over.
  const open = fromSizes ? -1 : wanted.indexOf(-1);
  const dims = wanted.map((size, axis): Extent => {
    if (size === 0 && !allowZero) {
      const kept = input.dims[axis];
      need(kept !== undefined, `${node.op}: dimension ${axis} of ${input.dims.length}`);
      return kept;
    }
    need(size > 0 || axis === open || fromSizes, `${node.op}: a size of ${size}`);
    return axis === open ? 1 : size;
  });
  const others = countIn(dims, node.op);
  if (open >= 0) {
    need(others !== 0 && !(total > 0 && others < 0) && total % others === 0, `${node.op}: to ${wanted.join(' × ')}`);
    // A quotient of two counts that both depend on the rows does not.
    dims[open] = others < 0 ? Math.abs(total / others) : total / others;
  }
  need(countIn(dims, node.op) === total, `${node.op}: ${total} elements to ${dims.join(' × ')}`);
  lowering.bind(node.outputs[0], reshaped(input, dims, node.op));
};

export const lowerFlatten = (node: GraphNode, lowering: Lowering): void => {
  const input = operandOf(node, lowering, 0);
  const axis = node.int('axis', 1);
  const at = axis < 0 ? axis + input.dims.length : axis;
  need(at >= 0 && at <= input.dims.length, `${node.op}: axis ${axis}`);
  const dims = [countIn(input.dims.slice(0, at), node.op), countIn(input.dims.slice(at), node.op)];
  lowering.bind(node.outputs[0], reshaped(input, dims, node.op));
};

const axesOf = (node: GraphNode, lowering: Lowering): number[] | undefined =>
  node.ints('axes') ?? (node.inputs[1] ? numbersOf(lowering.find(node.inputs[1]), `${node.op}: axes`) : undefined);

export const lowerSqueeze = (node: GraphNode, lowering: Lowering): void => {
  const input = operandOf(node, lowering, 0);
  const { dims } = input;
  const axes = axesOf(node, lowering)?.map((axis) => axisOf(axis, dims.length, node.op));
  need(axes || dims.every((dim) => dim >= 0), `${node.op}: every dimension of 1, one being open`);
  const gone = axes ?? dims.flatMap((dim, axis) => (dim === 1 ? [axis] : []));
  need(
    gone.every((axis) => dims[axis] === 1),
    `${node.op}: a dimension that is not 1`,
  );
  lowering.bind(
    node.outputs[0],
    reshaped(
      input,
      dims.filter((_, axis) => !gone.includes(axis)),
      node.op,
    ),
  );
};

export const lowerUnsqueeze = (node: GraphNode, lowering: Lowering): void => {
  const input = operandOf(node, lowering, 0);
  const axes = axesOf(node, lowering) ?? [];
  const rank = input.dims.length + axes.length;
  const added = axes.map((axis) => axisOf(axis, rank, node.op));
  const rest = [...input.dims];
  const dims = Array.from({ length: rank }, (_, axis) => (added.includes(axis) ? 1 : (rest.shift() ?? 1)));
  lowering.bind(node.outputs[0], reshaped(input, dims, node.op));
};

export const lowerConstantOfShape = (node: GraphNode, lowering: Lowering): void => {
  const dims = sizesOf(lowering.find(node.inputs[0]), `${node.op}: a shape`);
  const tensor = node.tensor('value');
  const value = tensor ? constantFrom(tensorElements(tensor, 1)) : { type: 'FP32' as const, data: [0] };
  const [number] = value.data;
  need(typeof number === 'number', `${node.op}: a value that is no number`);
  const size = countIn(dims, node.op);
  const { type } = value;
  if (size >= 0) {
    need(size <= executorBounds.constantElements && type !== 'BYTES', `${node.op}: a constant of ${size} elements`);
    const data =
      type === 'FP32' ? new Float32Array(size) : type === 'BOOL' ? new Uint8Array(size) : new Float64Array(size);
    lowering.bind(node.outputs[0], { kind: 'constant', type, dims, data: data.fill(number) });
    return;
  }
  const params = { value: number, size };
  lowering.bind(node.outputs[0], lowering.emitOne({ op: 'fill', in: [], params, out: [{ type, dims }] }));
};

export const lowerExpand = (node: GraphNode, lowering: Lowering): void => {
  const input = operandOf(node, lowering, 0);
  const dims = broadcastDims(node.op, [input.dims, sizesOf(lowering.find(node.inputs[1]), `${node.op}: a shape`)]);
  const params = loopsOf(node.op, dims, [broadcastStrides(input.dims, dims)]);
  lowering.bind(
    node.outputs[0],
    lowering.emitOne({ op: 'spread', in: [input], params, out: [{ type: input.type, dims }] }),
  );
};

export const lowerTranspose = (node: GraphNode, lowering: Lowering): void => {
  const input = operandOf(node, lowering, 0);
  const rank = input.dims.length;
  const order = node.ints('perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  need(order.length === rank && new Set(order).size === rank, `${node.op}: perm ${order.join(', ')}`);
  const axes = order.map((axis) => axisOf(axis, rank, node.op));
  const own = stridesOf(input.dims);
  const dims = axes.map((axis) => input.dims[axis] as Extent);
  const params = loopsOf(node.op, dims, [axes.map((axis) => own[axis] as Extent)]);
  lowering.bind(
    node.outputs[0],
    lowering.emitOne({ op: 'spread', in: [input], params, out: [{ type: input.type, dims }] }),
  );
};

export const lowerConcat = (node: GraphNode, lowering: Lowering): void => {
  const operands = node.inputs.map((_, index) => operandOf(node, lowering, index));
  if (operands.some(({ kind }) => kind === 'sizes') && operands.every(({ kind }) => kind !== 'value')) {
    const sizes = operands.flatMap((operand) => sizesOf(operand, node.op));
    lowering.bind(node.outputs[0], { kind: 'sizes', type: 'INT64', dims: [sizes.length], sizes });
    return;
  }
  const rank = operands[0]?.dims.length ?? 0;
  lowering.bind(node.outputs[0], emitConcat(node, lowering, operands, axisOf(node.int('axis', 1), rank, node.op)));
};

const emitConcat = (node: GraphNode, lowering: Lowering, operands: readonly Operand[], axis: number): Operand => {
  const [first] = operands;
  need(first, `${node.op}: no inputs`);
  let along: Extent = 0;
  for (const { dims, type } of operands) {
    need(type === first.type, `${node.op}: of types ${first.type} and ${type}`);
    const fits = dims.length === first.dims.length && dims.every((dim, at) => at === axis || dim === first.dims[at]);
    need(fits, `${node.op}: shapes that do not fit`);
    const size = dims[axis] as Extent;
    need(along === 0 || along < 0 === size < 0, `${node.op}: along rows and fixed sizes`);
    along += size;
  }
  const dims = first.dims.map((dim, at) => (at === axis ? along : dim));
  const outer = countIn(first.dims.slice(0, axis), node.op);
  const chunks = operands.map((operand) => countIn(operand.dims.slice(axis), node.op));
  return lowering.emitOne({ op: 'concat', in: operands, params: { outer, chunks }, out: [{ type: first.type, dims }] });
};

/** FeatureVectorizer: columns side by side, as float32. */
export const lowerFeatureVectorizer = (node: GraphNode, lowering: Lowering): void => {
  const operands = node.inputs.map((_, index) => {
    const operand = cast(lowering, operandOf(node, lowering, index), 'FP32');
    need(operand.dims.length === 2, `${node.op}: an input of ${operand.dims.length} dimensions`);
    return operand;
  });
  const widths = node.ints('inputdimensions') ?? [];
  need(
    operands.every(({ dims }, index) => dims[1] === widths[index]),
    `${node.op}: inputdimensions ${widths.join(', ')}`,
  );
  lowering.bind(node.outputs[0], emitConcat(node, lowering, operands, 1));
};

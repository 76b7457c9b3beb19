// Operators of pipelines: Scaler, Imputer, OneHotEncoder, LabelEncoder, BatchNormalization.
import { tensorElements } from '../../onnx/tensor-elements.ts';
import { executorBounds } from '../executor-bounds.ts';
import type { ElementType, Extent, FloatArray, Parameter } from '../plan.ts';
import { constantFrom } from './constants.ts';
import type { GraphNode } from './graph-node.ts';
import { operandOf } from './lower-elementwise.ts';
import { asFloat } from './lower-linear.ts';
import { countIn, type Lowering, type Operand } from './lowering.ts';
import { need } from './unsupported.ts';

/** Elements before, and along, the last dimension. */
const byLast = (node: GraphNode, input: Operand): { rows: Extent; columns: number } => {
  const columns = input.dims.at(-1);
  need(columns !== undefined && columns > 0, `${node.op}: an input whose number of columns is open`);
  return { rows: countIn(input.dims.slice(0, -1), node.op), columns };
};

export const lowerScaler = (node: GraphNode, lowering: Lowering): void => {
  const input = asFloat(lowering, operandOf(node, lowering, 0));
  const { rows, columns } = byLast(node, input);
  const listed = (name: string): Float32Array => {
    const values = node.floats(name) ?? [];
    need(
      values.length === columns || values.length === 1,
      `${node.op}: ${values.length} of '${name}' for ${columns} columns`,
    );
    return values.length === columns ? Float32Array.from(values) : new Float32Array(columns).fill(values[0] as number);
  };
  const params = { rows, offset: listed('offset'), scale: listed('scale') };
  const out = [{ type: 'FP32' as const, dims: input.dims }];
  lowering.bind(node.outputs[0], lowering.emitOne({ op: 'scale', in: [input], params, out, cost: 2 }));
};

export const lowerImputer = (node: GraphNode, lowering: Lowering): void => {
  const input = operandOf(node, lowering, 0);
  const { rows, columns } = byLast(node, input);
  const isFloat = input.type === 'FP32';
  need(isFloat || input.type === 'INT64', `${node.op}: of type ${input.type}`);
  const given = isFloat ? node.floats('imputed_value_floats') : node.ints('imputed_value_int64s');
  const replaced = isFloat ? node.float('replaced_value_float', 0) : node.int('replaced_value_int64', 0);
  need(
    given && (given.length === columns || given.length === 1),
    `${node.op}: ${given?.length ?? 0} values for ${columns} columns`,
  );
  const all = given.length === columns ? given : new Array<number>(columns).fill(given[0] as number);
  const values: FloatArray = isFloat ? Float32Array.from(all) : Float64Array.from(all);
  const params = { rows, replaced: isFloat ? Math.fround(replaced) : replaced, values };
  const out = [{ type: input.type, dims: input.dims }];
  lowering.bind(node.outputs[0], lowering.emitOne({ op: 'impute', in: [input], params, out, cost: 2 }));
};

export const lowerOneHotEncoder = (node: GraphNode, lowering: Lowering): void => {
  const input = operandOf(node, lowering, 0);
  const isText = input.type === 'BYTES';
  const texts = node.texts('cats_strings') ?? [];
  const integers = node.ints('cats_int64s') ?? [];
  const keys: Parameter = isText ? texts : Float64Array.from(integers);
  const width = keys.length;
  need(
    width > 0 && (isText ? integers.length === 0 : texts.length === 0),
    `${node.op}: no categories for ${input.type}`,
  );
  need(new Set<unknown>(keys).size === width, `${node.op}: a category that is there twice`);
  need(input.type !== 'BOOL', `${node.op}: of type ${input.type}`);
  const isFloat = input.type === 'FP32' || input.type === 'FP64';
  const size = countIn(input.dims, node.op);
  const params = { keys, width, size, zeros: node.int('zeros', 1) !== 0, cuts: isFloat };
  const out = [{ type: 'FP32' as const, dims: [...input.dims, width] }];
  lowering.bind(node.outputs[0], lowering.emitOne({ op: 'oneHot', in: [input], params, out, cost: 5 }));
};

interface Keyed {
  readonly type: ElementType;
  readonly values: readonly string[] | FloatArray;
}

/** Keys or values of a LabelEncoder, in whichever attribute they stand. */
const keyedOf = (node: GraphNode, which: 'keys' | 'values'): Keyed => {
  const tensor = node.tensor(`${which}_tensor`);
  if (tensor) {
    const { type, data } = constantFrom(tensorElements(tensor, executorBounds.constantElements));
    return { type, values: data as readonly string[] | FloatArray };
  }
  const texts = node.texts(`${which}_strings`) ?? [];
  if (texts.length > 0) return { type: 'BYTES', values: texts };
  const integers = node.ints(`${which}_int64s`) ?? [];
  if (integers.length > 0) return { type: 'INT64', values: Float64Array.from(integers) };
  const floats = node.floats(`${which}_floats`) ?? [];
  need(floats.length > 0, `${node.op}: no ${which}`);
  return { type: 'FP32', values: Float32Array.from(floats) };
};

const fallbackOf = (node: GraphNode, type: ElementType): number | string => {
  const tensor = node.tensor('default_tensor');
  if (tensor) {
    const [value] = constantFrom(tensorElements(tensor, 1)).data;
    need(value !== undefined, `${node.op}: an empty default`);
    return value;
  }
  if (type === 'BYTES') return node.text('default_string', '_Unused');
  return type === 'INT64' || type === 'INT32'
    ? node.int('default_int64', -1)
    : Math.fround(node.float('default_float', -0));
};

export const lowerLabelEncoder = (node: GraphNode, lowering: Lowering): void => {
  const input = operandOf(node, lowering, 0);
  const size = countIn(input.dims, node.op);
  const { keys, values, fallback } = node.version < 2 ? byClasses(node, input) : byKeys(node, input);
  const params = { keys: keys.values, values: values.values, fallback, size };
  const out = [{ type: values.type, dims: input.dims }];
  lowering.bind(node.outputs[0], lowering.emitOne({ op: 'encode', in: [input], params, out, cost: 5 }));
};

const byKeys = (node: GraphNode, input: Operand) => {
  const [keys, values] = [keyedOf(node, 'keys'), keyedOf(node, 'values')];
  need(keys.type === input.type, `${node.op}: keys of ${keys.type} for ${input.type}`);
  need(
    keys.values.length === values.values.length,
    `${node.op}: ${keys.values.length} keys, ${values.values.length} values`,
  );
  need(new Set<unknown>(keys.values).size === keys.values.length, `${node.op}: a key that is there twice`);
  const fallback = fallbackOf(node, values.type);
  // Before version 4 nothing equals NaN.
  const known = Array.from(keys.values as ArrayLike<unknown>, (key) => node.version >= 4 || !Number.isNaN(key));
  if (known.every(Boolean)) return { keys, values, fallback };
  return { keys: onlyWhere(keys, known), values: onlyWhere(values, known), fallback };
};

const onlyWhere = ({ type, values }: Keyed, known: readonly boolean[]): Keyed =>
  Array.isArray(values)
    ? { type, values: (values as readonly string[]).filter((_, index) => known[index]) }
    : { type, values: (values as FloatArray).filter((_, index) => known[index]) };

/** The first version: texts to their places, or places to texts. */
const byClasses = (node: GraphNode, input: Operand) => {
  const texts = node.texts('classes_strings') ?? [];
  need(texts.length > 0 && new Set(texts).size === texts.length, `${node.op}: no classes`);
  const asTexts: Keyed = { type: 'BYTES', values: texts };
  const places: Keyed = { type: 'INT64', values: Float64Array.from(texts.keys()) };
  if (input.type === 'BYTES') return { keys: asTexts, values: places, fallback: node.int('default_int64', -1) };
  need(input.type === 'INT64', `${node.op}: of type ${input.type}`);
  return { keys: places, values: asTexts, fallback: node.text('default_string', '_Unused') };
};

export const lowerBatchNormalization = (node: GraphNode, lowering: Lowering): void => {
  const input = operandOf(node, lowering, 0);
  need(
    input.type === 'FP32' && input.dims.length >= 2,
    `${node.op}: of ${input.dims.length} dimensions of ${input.type}`,
  );
  need(node.int('training_mode', 0) === 0 && !node.outputs[1], `${node.op}: that learns`);
  const channels = input.dims[1] as Extent;
  const [scale, shift, mean, variance] = [1, 2, 3, 4].map((index): Float32Array => {
    const operand = operandOf(node, lowering, index);
    need(
      operand.kind === 'constant' && operand.data instanceof Float32Array,
      `${node.op}: parameters known only when running`,
    );
    need(operand.data.length === channels, `${node.op}: ${operand.data.length} parameters for ${channels} channels`);
    return operand.data;
  }) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const { fround } = Math;
  const epsilon = fround(node.float('epsilon', 1e-5));
  const factors = scale.map((value, k) => value / fround(Math.sqrt(fround((variance[k] as number) + epsilon))));
  const shifts = shift.map((value, k) => value - fround((mean[k] as number) * (factors[k] as number)));
  const params = {
    scale: factors,
    shift: shifts,
    outer: countIn(input.dims.slice(0, 1), node.op),
    inner: countIn(input.dims.slice(2), node.op),
  };
  const out = [{ type: 'FP32' as const, dims: input.dims }];
  lowering.bind(node.outputs[0], lowering.emitOne({ op: 'affine', in: [input], params, out, cost: 2, exact: false }));
};

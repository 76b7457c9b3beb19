// Whether a model keeps rows apart: row i of every output depends on row i of the inputs, and on nothing else of the call.
// Follows the graph from its inputs; what no rule speaks for is not proven. A model that only seems to keep them apart
// (and looks at its neighbours when a row holds some secret number) is caught here, and by no number of trial runs.
import type { GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto } from '../generated/onnx-ml_pb.js';
import { readModel } from '../read-model.ts';
import { tensorElements } from '../tensor-elements.ts';
import { RowNode } from './row-node.ts';
import { generalRules } from './row-rules.ts';
import { mlRules } from './row-rules-ml.ts';
import { type ConstantValue, NotRowWise, type RowValue, rowsOf, type Sizes, unknownConstant } from './row-value.ts';

export type RowWiseVerdict =
  | { readonly rowWise: true }
  /** Names the operator or tensor, and what of it. */
  | { readonly rowWise: false; readonly reason: string };

/** Axes and shapes are no longer than this. */
const SHORT = 64;

/** Before it, shapes were aligned otherwise. */
const OPSET_MIN = 7;

const rules: Readonly<Record<string, Readonly<Record<string, (typeof generalRules)[string]>>>> = {
  '': generalRules,
  'ai.onnx.ml': mlRules,
};

/** @param model - an ONNX file that the scan has accepted. Ends soon: each node is looked at once */
export const proveRowWise = (model: Uint8Array): RowWiseVerdict => {
  try {
    checkModel(readModel(model));
    return { rowWise: true };
  } catch (fault) {
    if (fault instanceof NotRowWise) return { rowWise: false, reason: fault.message };
    throw fault;
  }
};

const domainOf = (domain: string) => (domain === 'ai.onnx' ? '' : domain);

const checkModel = ({ graph, functions, opsetImport }: ModelProto): void => {
  if (!graph) throw new NotRowWise('no graph');
  // One of them may stand where an operator seems to.
  if (functions.length > 0) throw new NotRowWise('functions of the model’s own');
  const versions = new Map(opsetImport.map(({ domain, version }) => [domainOf(domain), Number(version)]));
  if ((versions.get('') ?? OPSET_MIN) < OPSET_MIN) throw new NotRowWise(`operators older than ${OPSET_MIN}`);
  const values = new Map<string, RowValue>();
  const bind = (name: string, value: RowValue) => {
    if (name === '') return;
    if (values.has(name)) throw new NotRowWise(`'${name}' is there twice`);
    values.set(name, value);
  };
  for (const { name } of graph.sparseInitializer.flatMap(({ values }) => values ?? [])) bind(name, unknownConstant);
  for (const tensor of graph.initializer) bind(tensor.name, constantOf(tensor));
  bindInputs(graph, values, bind);
  for (const node of graph.node) bindOutputs(node, versions, values, bind);
  for (const output of graph.output) checkOutput(output, values.get(output.name));
};

const constantOf = (tensor: TensorProto): ConstantValue => {
  const elements = tensor.dims.length <= 1 ? tensorElements(tensor, SHORT) : undefined;
  const isWhole = elements && (elements.datatype === 'INT64' || elements.datatype === 'INT32');
  return {
    kind: 'constant',
    dims: tensor.dims.map(Number),
    ints: isWhole ? Array.from(elements.data as Int32Array | BigInt64Array, Number) : undefined,
  };
};

type Bind = (name: string, value: RowValue) => void;

const bindInputs = (graph: GraphProto, constants: ReadonlyMap<string, RowValue>, bind: Bind): void => {
  const fed = graph.input.filter(({ name }) => !constants.has(name));
  const shapes = fed.map((input) => ({ name: input.name, dims: declaredDims(input) }));
  const names = new Set(shapes.flatMap(({ dims }) => (typeof dims?.[0] === 'string' ? [dims[0]] : [])));
  if (fed.length === 0) throw new NotRowWise('no inputs');
  if (names.size > 1) throw new NotRowWise(`inputs count rows by different names: ${[...names].join(', ')}`);
  for (const { name, dims } of shapes) {
    const [first, ...rest] = dims ?? [1];
    if (typeof first === 'number') throw new NotRowWise(`input '${name}' must leave the size of dimension 0 open`);
    if (rest.some((size) => typeof size === 'string' && names.has(size))) {
      throw new NotRowWise(`input '${name}' counts rows by two dimensions`);
    }
    bind(name, rowsOf(rest.map((size): Sizes[number] => (typeof size === 'number' ? size : undefined))));
  }
};

/** Sizes, names, or null for a size that is neither; undefined: nothing is said of the shape. */
const declaredDims = ({ type }: ValueInfoProto): (number | string | null)[] | undefined => {
  const shape = type?.value.case === 'tensorType' ? type.value.value.shape : undefined;
  return shape?.dim.map(({ value }) => {
    if (value.case === 'dimValue') return Number(value.value);
    return value.case === 'dimParam' && value.value !== '' ? value.value : null;
  });
};

const bindOutputs = (
  node: NodeProto,
  versions: ReadonlyMap<string, number>,
  values: ReadonlyMap<string, RowValue>,
  bind: Bind,
): void => {
  const outputs = valuesOf(node, versions, values);
  for (const [index, name] of node.output.entries()) {
    const value = Array.isArray(outputs) ? outputs[index] : outputs;
    bind(name, value ?? { kind: 'unproven', reason: `${node.opType}: output ${index}` });
  }
};

const valuesOf = (
  proto: NodeProto,
  versions: ReadonlyMap<string, number>,
  values: ReadonlyMap<string, RowValue>,
): RowValue | readonly RowValue[] => {
  const domain = domainOf(proto.domain);
  const inputs = proto.input.map((name) => (name === '' ? undefined : (values.get(name) ?? missing(name))));
  const unproven = inputs.find((value) => value?.kind === 'unproven');
  if (unproven) return unproven;
  if (domain === '' && proto.opType === 'Constant') return constantNode(proto);
  const known = Object.hasOwn(rules, domain) ? rules[domain] : undefined;
  const rule = known && Object.hasOwn(known, proto.opType) ? known[proto.opType] : undefined;
  if (!rule) return { kind: 'unproven', reason: `operator ${proto.opType}${domain === '' ? '' : ` of ${domain}`}` };
  if (inputs.every((value) => value === undefined || value.kind === 'constant')) return unknownConstant;
  try {
    return rule(new RowNode(proto, versions.get(domain) ?? 1, inputs));
  } catch (fault) {
    if (fault instanceof NotRowWise) return { kind: 'unproven', reason: fault.message };
    throw fault;
  }
};

const missing = (name: string): RowValue => ({ kind: 'unproven', reason: `'${name}' is read before it is there` });

const constantNode = ({ attribute }: NodeProto): ConstantValue => {
  const [value] = attribute;
  if (attribute.length !== 1 || !value) return unknownConstant;
  if (value.name === 'value' && value.t) return constantOf(value.t);
  if (value.name === 'value_ints') return { kind: 'constant', dims: [value.ints.length], ints: value.ints.map(Number) };
  if (value.name === 'value_floats') return { kind: 'constant', dims: [value.floats.length], ints: undefined };
  if (value.name === 'value_int') return { kind: 'constant', dims: [], ints: [Number(value.i)] };
  return value.name === 'value_float' ? { kind: 'constant', dims: [], ints: undefined } : unknownConstant;
};

const checkOutput = (output: ValueInfoProto, value: RowValue | undefined): void => {
  const { name } = output;
  if (value?.kind === 'unproven') throw new NotRowWise(`output '${name}': ${value.reason}`);
  if (value?.kind !== 'rows') throw new NotRowWise(`output '${name}' must be made of the inputs' rows`);
  const first = declaredDims(output)?.[0];
  if (typeof first === 'number') throw new NotRowWise(`output '${name}' must leave the size of dimension 0 open`);
};

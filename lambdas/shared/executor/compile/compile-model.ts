// From a trusted ONNX graph to a compiled model, or to the reason why there is none. Runs when a version is published.
import type { GraphProto, ModelProto, ValueInfoProto } from '../../onnx/generated/onnx-ml_pb.js';
import { readModel } from '../../onnx/read-model.ts';
import { tensorElements } from '../../onnx/tensor-elements.ts';
import { executorBounds } from '../executor-bounds.ts';
import { ExecutorRefusal } from '../executor-refusal.ts';
import { encodePlan } from '../flat-form.ts';
import { type ElementType, type Extent, type Plan, type Port, sizeAt } from '../plan.ts';
import { constantFrom } from './constants.ts';
import { fusePlan } from './fuse-plan.ts';
import { GraphNode } from './graph-node.ts';
import { Lowering } from './lowering.ts';
import { operators } from './operators.ts';
import { need, Unsupported } from './unsupported.ts';

export interface CompiledModel {
  readonly supported: true;
  /** For `loadExecutor`; the same model always gives the same. */
  readonly bytes: Uint8Array;
  /** Elementary operations of one call: `fixed`, and `perRow` for each row. */
  readonly work: Plan['work'];
  /** Memory of its buffers in a call of one row. */
  readonly bytesPerRow: number;
}

export interface UnsupportedModel {
  readonly supported: false;
  /** Names the operator, and what of it. */
  readonly reason: string;
}

/**
 * @param model - an ONNX file that the scan accepts, its ZipMaps cut. Whatever it holds, this ends soon: work and memory
 *   are bounded by `executorBounds` before they are spent
 */
export const compileModel = (model: Uint8Array): CompiledModel | UnsupportedModel => {
  try {
    need(model.length <= executorBounds.modelBytes, `a model of ${model.length} bytes`);
    const plan = planOf(read(model));
    const bytesPerRow = plan.buffers.reduce((sum, { size, data }) => sum + (data ? 0 : 8 * sizeAt(size, 1)), 0);
    return { supported: true, bytes: encodePlan(plan), work: plan.work, bytesPerRow };
  } catch (fault) {
    if (fault instanceof Unsupported) return { supported: false, reason: fault.message };
    // A constant that its own graph refuses to compute with.
    if (fault instanceof ExecutorRefusal) return { supported: false, reason: fault.message };
    throw fault;
  }
};

const read = (bytes: Uint8Array): ModelProto => {
  try {
    return readModel(bytes);
  } catch (fault) {
    throw new Unsupported(`no ONNX model: ${fault instanceof Error ? fault.message : String(fault)}`);
  }
};

const planOf = (model: ModelProto): Plan => {
  const { graph } = model;
  need(graph, 'no graph');
  need(model.functions.length === 0, 'functions of the model’s own');
  need(graph.sparseInitializer.length === 0, 'sparse constants');
  need(graph.node.length <= executorBounds.nodes, `a graph of ${graph.node.length} nodes`);
  const versions = new Map(
    model.opsetImport.map(({ domain, version }) => [domain === 'ai.onnx' ? '' : domain, Number(version)]),
  );
  const lowering = new Lowering();
  for (const tensor of graph.initializer) {
    lowering.bind(tensor.name, constantFrom(tensorElements(tensor, executorBounds.constantElements)));
  }
  const inputs = readInputs(graph, lowering);
  for (const proto of graph.node) {
    const domain = proto.domain === 'ai.onnx' ? '' : proto.domain;
    const lower = Object.hasOwn(operators, domain) ? operators[domain] : undefined;
    const found = lower && Object.hasOwn(lower, proto.opType) ? lower[proto.opType] : undefined;
    need(found, `operator ${proto.opType}${domain ? ` of ${domain}` : ''}`);
    found(new GraphNode(proto, versions.get(domain) ?? 1), lowering);
  }
  const outputs = graph.output.map(({ name }) => readOutput(name, lowering));
  need(inputs.length > 0 && outputs.length > 0, 'no inputs or no outputs');
  const { buffers, steps, work } = lowering;
  return fusePlan({ inputs, outputs, buffers, steps, work });
};

/** TensorProto.DataType of inputs. */
const inputTypes: Readonly<Record<number, ElementType>> = {
  1: 'FP32',
  6: 'INT32',
  7: 'INT64',
  8: 'BYTES',
  9: 'BOOL',
  11: 'FP64',
};

const readInputs = (graph: GraphProto, lowering: Lowering): Port[] => {
  const constants = new Set(graph.initializer.map(({ name }) => name));
  const fed = graph.input.filter(({ name }) => !constants.has(name));
  return fed.map((info) => {
    const tensor = info.type?.value.case === 'tensorType' ? info.type.value.value : undefined;
    const type = inputTypes[tensor?.elemType ?? 0];
    need(tensor && type, `input '${info.name}' of another type`);
    const dims = dimsOf(info);
    const buffer = lowering.newBuffer(type, dims);
    lowering.bind(info.name, { kind: 'value', type, dims, buffer, exact: true });
    return { name: info.name, type, dims, buffer, exact: true };
  });
};

/** The first dimension may be open: it is the rows. */
const dimsOf = (info: ValueInfoProto): Extent[] => {
  const tensor = info.type?.value.case === 'tensorType' ? info.type.value.value : undefined;
  need(tensor?.shape, `input '${info.name}' without dimensions`);
  return tensor.shape.dim.map(({ value }, axis): Extent => {
    if (value.case === 'dimValue' && value.value > 0n) return Number(value.value);
    need(axis === 0, `input '${info.name}', whose dimension ${axis} is open`);
    need(value.case !== 'dimValue', `input '${info.name}' without elements`);
    return -1;
  });
};

const readOutput = (name: string, lowering: Lowering): Port => {
  const operand = lowering.find(name);
  need(operand, `output '${name}' is missing`);
  const exact = operand.kind !== 'value' || operand.exact;
  return { name, type: operand.type, dims: operand.dims, buffer: lowering.bufferOf(operand), exact };
};

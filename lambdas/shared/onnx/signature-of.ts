// The signature, from the graph's own declarations, in the Open Inference Protocol's words.
import { ModelRejection } from './rejection.ts';
import type { GraphFacts } from './scan/graph-sink.ts';
import type { ValueInfo } from './scan/value-sink.ts';
import { type Datatype, defaultBatchInput, type Signature, type TensorSpec } from './signature.ts';

/** TensorProto.DataType → the protocol's word, for what can be sent and run. */
const datatypeOf: Readonly<Record<number, Datatype>> = {
  1: 'FP32',
  2: 'UINT8',
  3: 'INT8',
  4: 'UINT16',
  5: 'INT16',
  6: 'INT32',
  7: 'INT64',
  8: 'BYTES',
  9: 'BOOL',
  10: 'FP16',
  11: 'FP64',
  12: 'UINT32',
  13: 'UINT64',
};

/**
 * @param outputs - the graph's outputs as they will be served
 * @throws ModelRejection unsupported_type, unknown_shape, no_graph
 */
export const signatureOf = (graph: GraphFacts, outputs: readonly ValueInfo[]): Signature => {
  // A weight with a default value may stand among the inputs (it must, before IR 4); nobody feeds it.
  const fed = graph.inputs.filter(({ name }) => !graph.initializerNames.has(name));
  if (fed.length === 0 || outputs.length === 0) {
    const message = `the graph must have inputs and outputs, got ${fed.length} and ${outputs.length}`;
    throw new ModelRejection('no_graph', message, { path: 'graph', offset: 0 });
  }
  const inputs = fed.map((value) => toSpec('input', value));
  const batchInput = defaultBatchInput(inputs);
  return {
    inputs,
    outputs: outputs.map((value) => toSpec('output', value)),
    ...(batchInput === undefined ? {} : { batchInput }),
  };
};

const toSpec = (kind: 'input' | 'output', { name, type, place }: ValueInfo): TensorSpec => {
  const datatype = type?.kind === 'tensor' ? datatypeOf[type.elementType] : undefined;
  if (type?.kind !== 'tensor' || !datatype) {
    const got = type?.kind === 'tensor' ? `element type ${type.elementType}` : (type?.kind ?? 'no type');
    throw new ModelRejection(
      'unsupported_type',
      `${kind} '${name}' must be a tensor of a supported type, got ${got}`,
      place,
    );
  }
  if (!type.dims && kind === 'input') {
    throw new ModelRejection('unknown_shape', `input '${name}' must declare its dimensions, open ones included`, place);
  }
  // An output without a shape gets the runtime's, once it has been run.
  const dims = type.dims ?? [];
  return { name, datatype, shape: dims.map((size) => (typeof size === 'number' ? size : -1)), dims };
};

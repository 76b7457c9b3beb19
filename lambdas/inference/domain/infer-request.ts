// What a call asks, read from its body and checked against the model's signature.
import { DomainError } from '../../shared/kernel/errors.ts';
import type { Signature, TensorSpec } from '../../shared/onnx/signature.ts';
import { checkInput, checkSharedDimensions } from './check-input.ts';
import { checkClassifiable } from './classify.ts';
import { type InferHeader, type InputHeader, type OutputHeader, readInferHeader } from './infer-header.ts';
import { parseJsonData } from './json-data.ts';
import { type PlainRequest, readPlainRequest } from './plain-request.ts';
import { signatureIndex } from './signature-index.ts';
import { checkTensorData, elementBytes, type Tensor } from './tensor.ts';

export interface RequestedOutput {
  readonly name: string;
  /** As a binary tensor after the JSON, else in it. */
  readonly binary: boolean;
  /** The highest values in its place, and how many of each row; absent: the output itself. */
  readonly classes?: { readonly count: number; readonly spec: TensorSpec };
}

export interface InferCall {
  /** The caller's own name for it. */
  readonly id: string | undefined;
  /** In the signature's order. */
  readonly inputs: readonly Tensor[];
  /** In the order asked for. */
  readonly outputs: readonly RequestedOutput[];
}

const mismatch = (message: string) => new DomainError('unreadable', 'signature_mismatch', message);
const malformed = (message: string) => new DomainError('unreadable', 'malformed_tensor', message);
const unreadable = (message: string) => new DomainError('unreadable', 'malformed_request', message);

/**
 * @param body - JSON, JSON and binary tensors, or the raw bytes of the only input; content coding undone
 * @param headerBytes - `Inference-Header-Content-Length`: bytes of JSON; 0: raw; undefined: all is JSON
 * @throws DomainError malformed_json, malformed_request, malformed_tensor, signature_mismatch, unknown_output
 */
export const parseInferRequest = (
  body: Uint8Array,
  headerBytes: number | undefined,
  signature: Signature,
): InferCall => {
  if (headerBytes === 0) return parseRawRequest(body, signature);
  const { plain } = signatureIndex(signature);
  const request = plain && headerBytes === undefined ? readPlainRequest(body, signature, plain) : undefined;
  return request ? toCall(request, signature) : parseAnyRequest(body, headerBytes, signature);
};

const toCall = ({ id, inputs, outputs: asked }: PlainRequest, signature: Signature): InferCall => {
  const outputs = readOutputs({ outputs: asked, binaryOutputs: false }, signature);
  if (signatureIndex(signature).sharesDimensions) checkSharedDimensions(signature, inputs);
  return { id, inputs, outputs };
};

/** As `parseInferRequest`, of anything but raw bytes. Both ways to read JSON give the same of what both read. */
export const parseAnyRequest = (body: Uint8Array, headerBytes: number | undefined, signature: Signature): InferCall => {
  const jsonBytes = headerBytes ?? body.length;
  if (jsonBytes > body.length) {
    throw unreadable(
      `'inference-header-content-length' must be at most the body's ${body.length} bytes, got ${jsonBytes}`,
    );
  }
  const header = readInferHeader(body.subarray(0, jsonBytes));
  const outputs = readOutputs(header, signature);
  const inputs = readInputs(header, body.subarray(jsonBytes), signature);
  return { id: header.id, inputs, outputs };
};

/** The inputs of a request that is JSON alone, in the signature's order. @throws DomainError malformed_tensor, signature_mismatch */
export const inputsOf = (header: InferHeader, signature: Signature): readonly Tensor[] =>
  readInputs(header, nothing, signature);

const readInputs = (header: InferHeader, binary: Uint8Array, signature: Signature): Tensor[] => {
  const { inputs: specs, sharesDimensions } = signatureIndex(signature);
  const given = new Map<string, Tensor>();
  let at = 0;
  for (const input of header.inputs) {
    const spec = specs.get(input.name);
    if (!spec) {
      throw mismatch(`input '${input.name}' is not one of the model's: ${namesOf(signature.inputs)}`);
    }
    if (given.has(input.name)) throw malformed(`input '${input.name}' must be given once, got it again`);
    const size = input.binarySize ?? 0;
    if (size > 0 && at + size > binary.length) {
      throw malformed(
        `input '${input.name}' has 'binary_data_size' ${size}, but of the ${binary.length} bytes after the JSON ${binary.length - at} are left`,
      );
    }
    given.set(input.name, readInput(input, spec, size === 0 ? nothing : binary.subarray(at, at + size)));
    at += size;
  }
  if (at !== binary.length) {
    throw malformed(
      `'binary_data_size' of all inputs must add up to the ${binary.length} bytes after the JSON, got ${at}`,
    );
  }
  const inputs = signature.inputs.map((spec) => {
    const tensor = given.get(spec.name);
    if (!tensor) throw mismatch(`input '${spec.name}' is missing: ${describeSpec(spec)} is needed`);
    return tensor;
  });
  if (sharesDimensions) checkSharedDimensions(signature, inputs);
  return inputs;
};

const nothing = new Uint8Array();

const readInput = (input: InputHeader, spec: TensorSpec, binary: Uint8Array): Tensor => {
  const { name, shape } = input;
  const label = `input '${name}'`;
  const elements = checkInput(input, spec);
  const { datatype } = spec;
  if (input.binarySize !== undefined) {
    if (input.data !== undefined) throw malformed(`${label} must have 'data' or 'binary_data_size', got both`);
    const tensor = { name, datatype, shape, data: binary };
    checkTensorData(label, tensor, elements);
    return tensor;
  }
  if (input.data === undefined) throw malformed(`${label} must have 'data' or the parameter 'binary_data_size'`);
  return { name, datatype, shape, data: parseJsonData(label, datatype, { shape, elements, data: input.data }) };
};

const readOutputs = (
  header: Pick<InferHeader, 'outputs' | 'binaryOutputs'>,
  signature: Signature,
): RequestedOutput[] => {
  const { outputs: specs } = signatureIndex(signature);
  if (header.outputs.length === 0) {
    return signature.outputs.map((spec) => readOutput(asItIs(spec), spec, header.binaryOutputs));
  }
  const seen = new Set<string>();
  return header.outputs.map((output) => {
    const spec = specs.get(output.name);
    if (!spec) {
      throw new DomainError(
        'unreadable',
        'unknown_output',
        `output '${output.name}' is not one of the model's: ${namesOf(signature.outputs)}`,
      );
    }
    if (seen.has(output.name)) throw unreadable(`output '${output.name}' must be asked for once, got it again`);
    seen.add(output.name);
    return readOutput(output, spec, header.binaryOutputs);
  });
};

const asItIs = ({ name }: TensorSpec): OutputHeader => ({ name, binary: undefined, classes: 0 });

const readOutput = (output: OutputHeader, spec: TensorSpec, binaryOutputs: boolean): RequestedOutput => {
  const { name, binary = binaryOutputs, classes: count } = output;
  if (count > 0) {
    checkClassifiable(spec);
    return { name, binary, classes: { count, spec } };
  }
  if (!binary && (spec.datatype === 'FP16' || spec.datatype === 'BF16')) {
    throw unreadable(
      `output '${name}' is ${spec.datatype}, which has no JSON form: ask for it with the parameter 'binary_data' true`,
    );
  }
  return { name, binary };
};

/** The whole body is the only input; its one open dimension follows from the length, further ones would be a guess. */
const parseRawRequest = (body: Uint8Array, signature: Signature): InferCall => {
  const [spec] = signature.inputs;
  if (!spec || signature.inputs.length > 1) {
    throw unreadable(
      `a raw binary request ('inference-header-content-length' 0) is for models with one input, this one has ${signature.inputs.length}: ${namesOf(signature.inputs)}`,
    );
  }
  const isText = spec.datatype === 'BYTES';
  const shape = isText ? spec.shape.map((size) => (size === -1 ? 1 : size)) : rawShape(spec, body.length);
  // One text is the body as it is; elsewhere its length stands before it.
  const data = isText ? withLength(body) : body;
  const input = { name: spec.name, datatype: spec.datatype, shape, binarySize: data.length, data: undefined };
  const tensor = readInput(input, spec, data);
  return {
    id: undefined,
    inputs: [tensor],
    outputs: signature.outputs.map(({ name }) => ({ name, binary: true })),
  };
};

const rawShape = (spec: TensorSpec, bytes: number): number[] => {
  const open = spec.shape.filter((size) => size === -1).length;
  const fixed = spec.shape.reduce((product, size) => (size === -1 ? product : product * size), 1);
  if (open > 1) {
    throw unreadable(
      `a raw binary request is for an input with at most one open dimension, '${spec.name}' has shape [${spec.shape.join(',')}]`,
    );
  }
  const stride = fixed * elementBytes[spec.datatype];
  if (open === 1 && (stride === 0 || bytes % stride !== 0)) {
    throw malformed(
      `input '${spec.name}' of shape [${spec.shape.join(',')}] must be a multiple of ${stride} bytes, got ${bytes}`,
    );
  }
  return spec.shape.map((size) => (size === -1 ? bytes / stride : size));
};

const withLength = (text: Uint8Array): Uint8Array => {
  const data = new Uint8Array(4 + text.length);
  new DataView(data.buffer).setUint32(0, text.length, true);
  data.set(text, 4);
  return data;
};

const namesOf = (specs: readonly TensorSpec[]) =>
  specs
    .slice(0, 20)
    .map((spec) => `'${spec.name}'`)
    .join(', ') + (specs.length > 20 ? ` and ${specs.length - 20} more` : '');

const describeSpec = (spec: TensorSpec) => `${spec.datatype} [${spec.shape.join(',')}]`;

/** Rows that the call is charged for: dimension 0 of the batch input; none: 1. @param inputs - in the signature's order */
export const rowCountOf = (signature: Signature, inputs: readonly Tensor[]): number => {
  return inputs[signatureIndex(signature).batchInput]?.shape[0] ?? 1;
};

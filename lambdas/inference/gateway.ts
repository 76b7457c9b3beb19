// What inference does in another context's process: reads calls that a publisher wrote down, makes some where there are
// none, and writes tensors as the protocol has them in JSON.
import { DomainError } from '../shared/kernel/errors.ts';
import type { Signature } from '../shared/onnx/signature.ts';
import { exampleBytes, exampleInputs, exampleShapes } from './domain/example-inputs.ts';
import { toInferHeader } from './domain/infer-header.ts';
import { inputsOf } from './domain/infer-request.ts';
import { formatJsonData } from './domain/json-data.ts';
import { parseLosslessJson } from './domain/lossless-json.ts';
import { checkTensorData, elementCount, type Tensor } from './domain/tensor.ts';

/** Inputs of one call, in the signature's order. */
export type CallInputs = readonly Tensor[];

/**
 * @param text - JSON: the value of `inputs` in a request of the protocol
 * @throws DomainError malformed_json, malformed_request, malformed_tensor, signature_mismatch
 */
export const readInputs = (inputs: unknown, signature: Signature): CallInputs =>
  inputsOf(toInferHeader({ inputs }), signature);

/** JSON with every digit of whole numbers: beyond 2^53 they are bigint. @throws DomainError malformed_json */
export const readJson = (text: string): unknown => parseLosslessJson(text, true);

/** Calls to try, in order, where nobody wrote any down: the same each time. @param limitBytes - larger ones are left out */
export const madeInputs = (signature: Signature, limitBytes: number): CallInputs[] =>
  exampleShapes(signature)
    .filter((shapes) => exampleBytes(signature, shapes) <= limitBytes)
    .flatMap((shapes) => ([1, 0] as const).map((fill) => exampleInputs(signature, shapes, fill)));

/**
 * A JSON array of tensors, as requests and answers have it.
 * @param tensors - of whoever: looked at before they are written
 * @returns undefined when one is not what it says it is, or has no JSON form
 */
export const writeTensors = (tensors: readonly Tensor[]): string | undefined => {
  try {
    return `[${tensors.map(writeTensor).join(',')}]`;
  } catch (fault) {
    if (fault instanceof DomainError) return undefined;
    throw fault;
  }
};

const writeTensor = ({ name, datatype, shape, data }: Tensor): string => {
  const elements = elementCount(shape);
  if (elements === undefined || datatype === 'FP16' || datatype === 'BF16') {
    throw new DomainError('unreadable', 'malformed_tensor', `'${name}' has no JSON form`);
  }
  checkTensorData(`'${name}'`, { datatype, shape, data }, elements);
  return `{"name":${JSON.stringify(name)},"datatype":"${datatype}","shape":[${shape.join(',')}],"data":${formatJsonData(datatype, data)}}`;
};

// The signature that calls are checked against: the scan's, sharpened by what the runtime saw, with the batch input settled.
import { defaultBatchInput, type Signature, type TensorSpec } from '../../shared/onnx/signature.ts';
import type { Rejection } from '../contract.ts';
import type { RejectionRule } from './rejection-rules.ts';

type SeenOutput = Pick<TensorSpec, 'name' | 'datatype' | 'shape'>;

/** Output sizes that the graph leaves open and the runtime infers; what the graph fixes stays. */
export const sharpen = (signature: Signature, seen: readonly SeenOutput[]): Signature => ({
  ...signature,
  outputs: signature.outputs.map((output) => {
    const shape = seen.find(({ name }) => name === output.name)?.shape;
    return shape ? sharpenTensor(output, shape) : output;
  }),
});

const sharpenTensor = (output: TensorSpec, seen: readonly number[]): TensorSpec => {
  // The graph may say nothing of an output's shape, where the runtime works out its rank.
  if (seen.length !== output.shape.length) {
    return { ...output, shape: [...seen], dims: seen.map((size) => (size < 0 ? null : size)) };
  }
  const sharper = (index: number) => output.shape[index] === -1 && (seen[index] ?? -1) >= 0;
  return {
    ...output,
    shape: output.shape.map((size, index) => (sharper(index) ? (seen[index] ?? size) : size)),
    dims: output.dims.map((dim, index) => (sharper(index) ? (seen[index] ?? dim) : dim)),
  };
};

/** @param declared - the publisher's choice; undefined: the first input whose dimension 0 is open */
export const settleBatchInput = (
  signature: Signature,
  declared: string | undefined,
): { signature: Signature; refusal?: undefined } | { refusal: Rejection } => {
  const batchInput = declared ?? defaultBatchInput(signature.inputs);
  const settled = { inputs: signature.inputs, outputs: signature.outputs };
  if (batchInput === undefined) return { signature: settled };
  const input = signature.inputs.find(({ name }) => name === batchInput);
  const names = signature.inputs.map(({ name }) => `'${name}'`).join(', ');
  if (!input) {
    return refuse(`'batchInput' must be one of the inputs ${names.slice(0, 300)}, got '${batchInput}'`);
  }
  if (input.shape[0] !== -1) {
    const got = input.shape.length === 0 ? 'a scalar' : `dimension 0 of size ${input.shape[0]}`;
    return refuse(`'batchInput' must be an input whose dimension 0 is open, got '${batchInput}' with ${got}`);
  }
  return { signature: { ...settled, batchInput } };
};

const refuse = (message: string): { refusal: Rejection } => {
  const rule: RejectionRule = 'batch_input';
  return { refusal: { rule, message } };
};

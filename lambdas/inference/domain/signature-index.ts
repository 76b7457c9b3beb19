// What every call of a version looks up in its signature, made once for each signature that is kept.
import { defaultBatchInput, type Signature, type TensorSpec } from '../../shared/onnx/signature.ts';
import { type PlainNames, plainNames } from './plain-request.ts';

export interface SignatureIndex {
  readonly inputs: ReadonlyMap<string, TensorSpec>;
  readonly outputs: ReadonlyMap<string, TensorSpec>;
  /** Where the input stands whose dimension 0 is the call's rows; −1: there is none. */
  readonly batchInput: number;
  /** Whether two dimensions have one name, and so must have one size. */
  readonly sharesDimensions: boolean;
  /** undefined: no request is read as a plain one. */
  readonly plain: PlainNames | undefined;
}

const known = new WeakMap<Signature, SignatureIndex>();

export const signatureIndex = (signature: Signature): SignatureIndex => {
  const found = known.get(signature);
  if (found) return found;
  const made = makeIndex(signature);
  known.set(signature, made);
  return made;
};

const byName = (specs: readonly TensorSpec[]) => new Map(specs.map((spec) => [spec.name, spec]));

const makeIndex = (signature: Signature): SignatureIndex => {
  const batchInput = signature.batchInput ?? defaultBatchInput(signature.inputs);
  const symbols = signature.inputs.flatMap(({ dims }) => dims.filter((dim) => typeof dim === 'string'));
  return {
    inputs: byName(signature.inputs),
    outputs: byName(signature.outputs),
    batchInput: signature.inputs.findIndex(({ name }) => name === batchInput),
    sharesDimensions: new Set(symbols).size < symbols.length,
    plain: plainNames(signature),
  };
};

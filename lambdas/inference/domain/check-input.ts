// One input against the model's signature: datatype, rank, sizes.
import { DomainError } from '../../shared/kernel/errors.ts';
import { datatypes, type Signature, type TensorSpec } from '../../shared/onnx/signature.ts';
import { elementCount, MAX_ELEMENTS, type Tensor } from './tensor.ts';

const mismatch = (message: string) => new DomainError('unreadable', 'signature_mismatch', message);

const shapeText = (shape: readonly unknown[]) =>
  shape.length <= 16 ? `[${shape.join(',')}]` : `${shape.length} dimensions`;

export const fitsShape = (shape: readonly number[], spec: TensorSpec): boolean =>
  shape.length === spec.shape.length && spec.shape.every((size, dimension) => size === -1 || size === shape[dimension]);

/**
 * @returns how many elements the input has
 * @throws DomainError signature_mismatch, malformed_tensor; before anything is allocated for the data
 */
export const checkInput = (
  input: { readonly name: string; readonly datatype: string; readonly shape: readonly number[] },
  spec: TensorSpec,
): number => {
  const label = () => `input '${input.name}'`;
  if (input.datatype !== spec.datatype) {
    const known = datatypes.some((datatype) => datatype === input.datatype);
    const got = known ? input.datatype : `'${input.datatype.slice(0, 40)}'`;
    throw mismatch(`${label()} must have datatype ${spec.datatype}, got ${got}`);
  }
  if (!fitsShape(input.shape, spec)) {
    throw mismatch(
      `${label()} must have shape ${shapeText(spec.shape)} (-1 is any size), got ${shapeText(input.shape)}`,
    );
  }
  const elements = elementCount(input.shape);
  if (elements === undefined) {
    throw new DomainError(
      'unreadable',
      'malformed_tensor',
      `${label()} must have sizes that multiply to at most ${MAX_ELEMENTS}, got shape ${shapeText(input.shape)}`,
    );
  }
  return elements;
};

/** Dimensions that the graph gives one name must have one size. @param inputs - in the signature's order */
export const checkSharedDimensions = (signature: Signature, inputs: readonly Tensor[]): void => {
  const first = new Map<string, { readonly input: string; readonly dimension: number; readonly size: number }>();
  for (const [index, spec] of signature.inputs.entries()) {
    for (const [dimension, symbol] of spec.dims.entries()) {
      const size = inputs[index]?.shape[dimension];
      if (typeof symbol !== 'string' || size === undefined) continue;
      const known = first.get(symbol);
      if (!known) first.set(symbol, { input: spec.name, dimension, size });
      else if (known.size !== size) {
        throw mismatch(
          `input '${spec.name}' dimension ${dimension} ('${symbol}') must be ${known.size}, as dimension ${known.dimension} of input '${known.input}' is, got ${size}`,
        );
      }
    }
  }
};

// Whether a model in another form answers calls as the original does: the same refusals, and answers equal to within
// rounding, in the order of sums that a rewritten graph may change.
import { type BinaryTensor, fromBinary } from './binary-tensor.ts';
import { compareTensors } from './compare-tensors.ts';
import type { PackedCall } from './tensor-pack.ts';

/** @returns the first difference; undefined: none, and at least one call was answered */
export const differenceOf = (ours: readonly PackedCall[], theirs: readonly PackedCall[]): string | undefined => {
  if (ours.length !== theirs.length) return `${ours.length} answers against ${theirs.length}`;
  if (!ours.some(({ tensors }) => tensors)) return 'no call was answered';
  for (const [index, { tensors }] of ours.entries()) {
    const others = theirs[index]?.tensors ?? null;
    if (!tensors && !others) continue;
    if (!tensors || !others) return `only one of them refused call ${index}`;
    if (tensors.length !== others.length) return `${tensors.length} outputs against ${others.length}`;
    for (const tensor of tensors) {
      const other = others.find(({ name }) => name === tensor.name);
      const difference = other ? differenceBetween(tensor, other) : 'is missing';
      if (difference !== undefined) return `output '${tensor.name}' of call ${index}: ${difference}`;
    }
  }
  return undefined;
};

/**
 * Of the larger of 1 and the largest value of a tensor: sums of thousands of products differ by so much when the runtime
 * sums them in another order, as it does for weights that it has not laid out anew.
 */
const ROUNDING = 1e-5;

const differenceBetween = (ours: BinaryTensor, theirs: BinaryTensor): string | undefined => {
  const [a, b] = [fromBinary(ours), fromBinary(theirs)];
  if (a?.datatype === 'FP32' || a?.datatype === 'FP64') {
    return b ? compareTensors(a, b, { within: ROUNDING * largestOf(a.data) }).difference : 'is no tensor of its type';
  }
  const isOne = ours.datatype === theirs.datatype && ours.shape.join() === theirs.shape.join();
  return isOne && Buffer.from(ours.data).equals(theirs.data) ? undefined : 'other elements';
};

const largestOf = (values: Float32Array | Float64Array): number => {
  let largest = 1;
  for (const value of values) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  return largest;
};

// Whether two answers are one: to the bit, or to within rounding.
import type { ExecutorTensor } from '../executor-tensor.ts';

/** Of outputs that need not be equal to the bit: so far apart, measured by the larger of 1 and the value itself. */
export const CLOSE = 1e-6;

export interface Comparison {
  readonly equal: boolean;
  /** How far apart the farthest numbers are, by the same measure; ∞ for what no distance tells. */
  readonly distance: number;
  /** Where they first differ by more than allowed: element, and both values. */
  readonly difference?: string;
}

const differ = (difference: string): Comparison => ({ equal: false, distance: Infinity, difference });

/**
 * `exact`: to the bit; NaN is NaN whatever its bits, −0 is not 0. `close`: numbers to within `CLOSE`. `within`: numbers
 * no farther apart than that.
 */
export type Allowance = 'exact' | 'close' | { readonly within: number };

export const compareTensors = (ours: ExecutorTensor, theirs: ExecutorTensor, allowed: Allowance): Comparison => {
  if (ours.datatype !== theirs.datatype) return differ(`${ours.datatype} against ${theirs.datatype}`);
  if (ours.shape.join() !== theirs.shape.join())
    return differ(`shape ${ours.shape.join(' × ')} against ${theirs.shape.join(' × ')}`);
  if (ours.data.length !== theirs.data.length)
    return differ(`${ours.data.length} elements against ${theirs.data.length}`);
  const limit = typeof allowed === 'object' ? allowed.within : CLOSE;
  let distance = 0;
  for (let i = 0; i < ours.data.length; i++) {
    const a = ours.data[i];
    const b = theirs.data[i];
    if (Object.is(a, b)) continue;
    const isNumber = typeof a === 'number' && typeof b === 'number' && allowed !== 'exact';
    const apart = isNumber ? distanceOf(a, b, allowed === 'close' ? Math.max(1, Math.abs(b)) : 1) : Infinity;
    if (apart > limit) return { equal: false, distance: apart, difference: `element ${i}: ${a} against ${b}` };
    distance = Math.max(distance, apart);
  }
  return { equal: true, distance };
};

const distanceOf = (a: number, b: number, unit: number): number => {
  if (a === b) return 0;
  const apart = Math.abs(a - b) / unit;
  return Number.isFinite(apart) ? apart : Infinity;
};

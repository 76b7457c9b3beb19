// Tensors as the executor takes and gives them.
import type { ElementType } from './plan.ts';

interface Elements {
  readonly FP32: Float32Array;
  readonly FP64: Float64Array;
  readonly INT64: BigInt64Array;
  readonly INT32: Int32Array;
  readonly BOOL: Uint8Array;
  readonly BYTES: readonly string[];
}

export type ExecutorTensor = {
  readonly [T in ElementType]: {
    readonly datatype: T;
    /** Sizes of the dimensions, 0 or more. */
    readonly shape: readonly number[];
    /** Row-major; as many as the shape says. */
    readonly data: Elements[T];
  };
}[ElementType];

/** Little-endian halves of 64-bit integers: what the executor reads and writes them by, since BigInts are objects. */
const halvesOf = (data: BigInt64Array): Int32Array => new Int32Array(data.buffer, data.byteOffset, data.length * 2);

/**
 * @param into - at least as long as `data`
 * @returns false when one is beyond ±2^53
 */
export const readIntegers = (data: BigInt64Array, into: Float64Array): boolean => {
  const halves = halvesOf(data);
  for (let i = 0, at = 0; at < halves.length; i++, at += 2) {
    const high = halves[at + 1] as number;
    if (high < -2_097_152 || high > 2_097_151) return false;
    into[i] = high * 4_294_967_296 + ((halves[at] as number) >>> 0);
  }
  return true;
};

/** @param from - whole numbers in the range of 64 bits, `count` of them */
export const writeIntegers = (from: ArrayLike<number>, count: number): BigInt64Array => {
  const data = new BigInt64Array(count);
  const halves = halvesOf(data);
  for (let i = 0, at = 0; i < count; i++, at += 2) {
    const value = from[i] as number;
    const high = Math.floor(value / 4_294_967_296);
    halves[at] = value - high * 4_294_967_296;
    halves[at + 1] = high;
  }
  return data;
};

// A tensor's bytes as numbers.
import type { Datatype } from '../../shared/onnx/signature.ts';
import { alignedBuffer, elementBytes } from './tensor.ts';

export type NumberArray =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

const arrays = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP32: Float32Array,
  FP64: Float64Array,
} as const;

/** @param data - of a datatype of numbers; any alignment @throws RangeError for BYTES and BF16 */
export const readElements = (datatype: Datatype, data: Uint8Array): NumberArray => {
  if (datatype === 'FP16') return Float32Array.from(readElements('UINT16', data) as Uint16Array, halfToNumber);
  if (datatype === 'BYTES' || datatype === 'BF16') {
    throw new RangeError(`'datatype' must be one of numbers, got ${datatype}`);
  }
  const size = elementBytes[datatype];
  const { buffer, byteOffset } = alignedBuffer(data, size);
  return new arrays[datatype](buffer, byteOffset, data.length / size);
};

/** IEEE 754 binary16: one bit of sign, five of exponent, ten of fraction. */
const halfToNumber = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
};

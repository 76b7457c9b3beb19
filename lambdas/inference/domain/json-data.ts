// The `data` member of a JSON tensor ⇄ the tensor's bytes. Exact: nothing is rounded, wrapped or converted silently.

import { DomainError } from '../../shared/kernel/errors.ts';
import type { Datatype } from '../../shared/onnx/signature.ts';
import { formatFloat32s } from './format-floats.ts';
import { alignedBuffer, readStrings, writeStrings } from './tensor.ts';

const malformed = (message: string) => new DomainError('unreadable', 'malformed_tensor', message);

const integerRanges = {
  UINT8: [0, 255],
  UINT16: [0, 65_535],
  UINT32: [0, 4_294_967_295],
  INT8: [-128, 127],
  INT16: [-32_768, 32_767],
  INT32: [-2_147_483_648, 2_147_483_647],
} as const;

const bigRanges = {
  UINT64: [0n, 2n ** 64n - 1n],
  INT64: [-(2n ** 63n), 2n ** 63n - 1n],
} as const;

/** Floats that JSON numbers cannot say. */
const namedFloats: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

const describe = (value: unknown): string => {
  if (typeof value === 'string') return value.length <= 40 ? JSON.stringify(value) : `a string of ${value.length}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
};

const refuse = (label: string, datatype: Datatype, index: number, allowed: string, got: unknown) =>
  malformed(`${label} ${datatype} element ${index} must be ${allowed}, got ${describe(got)}`);

const isScalar = (data: unknown): boolean => data !== undefined && data !== null && typeof data !== 'object';

/**
 * The elements in row-major order, from flat or nested data.
 * @param shape - checked sizes
 * @param elements - their product
 */
const flatten = (label: string, data: unknown, shape: readonly number[], elements: number): readonly unknown[] => {
  // A tensor without dimensions is one element: nested as its shape it has no brackets.
  if (shape.length === 0 && isScalar(data)) return [data];
  if (!Array.isArray(data)) throw malformed(`${label} 'data' must be an array, got ${describe(data)}`);
  const nested = shape.length > 1 && data.length > 0 && Array.isArray(data[0]);
  if (!nested) {
    if (data.length === elements) return data;
    throw malformed(
      `${label} of shape [${shape.join(',')}] must have ${elements} elements in 'data', got ${data.length}`,
    );
  }
  let level: readonly unknown[] = [data];
  for (const [depth, size] of shape.entries()) {
    const next: unknown[] = [];
    for (const part of level) {
      if (!Array.isArray(part) || part.length !== size) {
        const got = Array.isArray(part) ? `an array of ${part.length}` : describe(part);
        throw malformed(
          `${label} nested 'data' must be arrays of ${size} at depth ${depth + 1}, as shape [${shape.join(',')}] says, got ${got}`,
        );
      }
      for (const item of part) next.push(item);
    }
    level = next;
  }
  return level;
};

/**
 * @param label - names the tensor in messages
 * @param shape - checked against the signature; @param elements - its product
 * @param data - as JSON.parse gave it, but for integers beyond 2^53, which are `bigint`
 * @throws DomainError malformed_tensor
 */
export const parseJsonData = (
  label: string,
  datatype: Datatype,
  { shape, elements, data }: { shape: readonly number[]; elements: number; data: unknown },
): Uint8Array => {
  if (datatype === 'FP16' || datatype === 'BF16') {
    throw malformed(`${label} is ${datatype}, which has no JSON form: send it as a binary tensor ('binary_data_size')`);
  }
  const values = flatten(label, data, shape, elements);
  const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  switch (datatype) {
    case 'FP32':
      return bytesOf(fillFloats(label, datatype, values, new Float32Array(values.length)));
    case 'FP64':
      return bytesOf(fillFloats(label, datatype, values, new Float64Array(values.length)));
    case 'INT64':
      return bytesOf(fillBigs(label, datatype, values, new BigInt64Array(values.length)));
    case 'UINT64':
      return bytesOf(fillBigs(label, datatype, values, new BigUint64Array(values.length)));
    case 'BOOL':
      return fillBooleans(label, values);
    case 'BYTES':
      return fillStrings(label, values);
    default:
      return bytesOf(fillIntegers(label, datatype, values, new integerArrays[datatype](values.length)));
  }
};

const integerArrays = {
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
} as const;

type IntegerArray = InstanceType<(typeof integerArrays)[keyof typeof integerArrays]>;

const fillFloats = <A extends Float32Array | Float64Array>(
  label: string,
  datatype: 'FP32' | 'FP64',
  values: readonly unknown[],
  out: A,
): A => {
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (typeof value === 'number' || typeof value === 'bigint') {
      out[index] = Number(value);
      // JSON has no infinity: one here is a literal beyond what the datatype holds.
      if (Number.isFinite(out[index])) continue;
      throw refuse(label, datatype, index, `within ${datatype}'s range`, value);
    }
    const named = typeof value === 'string' && Object.hasOwn(namedFloats, value) ? namedFloats[value] : undefined;
    if (named === undefined) {
      throw refuse(label, datatype, index, 'a number, "NaN", "Infinity" or "-Infinity"', value);
    }
    out[index] = named;
  }
  return out;
};

const fillIntegers = (
  label: string,
  datatype: keyof typeof integerArrays,
  values: readonly unknown[],
  out: IntegerArray,
): IntegerArray => {
  const [least, most] = integerRanges[datatype];
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
      throw refuse(label, datatype, index, `a whole number from ${least} to ${most}`, value);
    }
    out[index] = value;
  }
  return out;
};

const fillBigs = <A extends BigInt64Array | BigUint64Array>(
  label: string,
  datatype: 'INT64' | 'UINT64',
  values: readonly unknown[],
  out: A,
): A => {
  const [least, most] = bigRanges[datatype];
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    const whole = typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value));
    const big = whole ? BigInt(value) : undefined;
    if (big === undefined || big < least || big > most) {
      throw refuse(label, datatype, index, `a whole number from ${least} to ${most}`, value);
    }
    out[index] = big;
  }
  return out;
};

const fillBooleans = (label: string, values: readonly unknown[]): Uint8Array => {
  const out = new Uint8Array(values.length);
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (typeof value !== 'boolean') throw refuse(label, 'BOOL', index, 'true or false', value);
    out[index] = value ? 1 : 0;
  }
  return out;
};

const fillStrings = (label: string, values: readonly unknown[]): Uint8Array => {
  const texts: string[] = [];
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (typeof value !== 'string') throw refuse(label, 'BYTES', index, 'a string', value);
    if (!value.isWellFormed()) throw malformed(`${label} BYTES element ${index} must not hold a lone surrogate`);
    if (value.includes('\0')) throw malformed(`${label} BYTES element ${index} must not hold a zero character`);
    texts.push(value);
  }
  return writeStrings(texts);
};

/** `data` as JSON text, flat in row-major order. @param data - checked; of any datatype but FP16 and BF16 */
export const formatJsonData = (datatype: Datatype, data: Uint8Array): string => {
  switch (datatype) {
    case 'BYTES':
      return `[${readStrings(data)
        .map((text) => JSON.stringify(text))
        .join(',')}]`;
    case 'BOOL':
      return `[${Array.from(data, (byte) => (byte === 0 ? 'false' : 'true')).join(',')}]`;
    case 'FP32':
      return formatFloat32s(view(data, 4, Float32Array));
    case 'FP64':
      return formatFloat64s(view(data, 8, Float64Array));
    case 'INT64':
      return `[${view(data, 8, BigInt64Array).join(',')}]`;
    case 'UINT64':
      return `[${view(data, 8, BigUint64Array).join(',')}]`;
    case 'FP16':
    case 'BF16':
      throw new RangeError(`'datatype' must have a JSON form, got ${datatype}`);
    default: {
      const array = integerArrays[datatype];
      return `[${view<IntegerArray>(data, array.BYTES_PER_ELEMENT, array).join(',')}]`;
    }
  }
};

const view = <A>(
  data: Uint8Array,
  size: number,
  array: new (buffer: ArrayBuffer, byteOffset: number, length: number) => A,
): A => {
  const { buffer, byteOffset } = alignedBuffer(data, size);
  return new array(buffer, byteOffset, data.length / size);
};

const formatFloat64s = (values: Float64Array): string => {
  const texts: string[] = new Array(values.length);
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? 0;
    if (Number.isFinite(value)) texts[index] = Object.is(value, -0) ? '-0.0' : String(value);
    else texts[index] = `"${value}"`;
  }
  return `[${texts.join(',')}]`;
};

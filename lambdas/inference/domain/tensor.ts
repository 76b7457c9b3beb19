// A tensor on its way: always the protocol's binary form (little-endian, row-major), whatever it travelled as. JSON is
// parsed into it, run functions receive it, answers are written from it.
import { isAscii, isUtf8 } from 'node:buffer';
import { DomainError } from '../../shared/kernel/errors.ts';
import type { Datatype } from '../../shared/onnx/signature.ts';

export interface Tensor {
  readonly name: string;
  readonly datatype: Datatype;
  /** Sizes of the dimensions, 0 or more. */
  readonly shape: readonly number[];
  /**
   * The elements: fixed-size ones back to back; BYTES each after its length as uint32. Any alignment: read it through
   * `alignedBuffer` or a DataView.
   */
  readonly data: Uint8Array;
}

/** Bytes of one element; 0 for BYTES, whose elements vary. */
export const elementBytes = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  BF16: 2,
  FP32: 4,
  FP64: 8,
  BYTES: 0,
} as const satisfies Record<Datatype, number>;

/** Largest size of a dimension, and largest product of the dimensions that are not 0. */
export const MAX_ELEMENTS = 16_777_216;

/**
 * Elements of a tensor of that shape.
 * @returns undefined when a size is no whole number of 0 or more, or they are together more than MAX_ELEMENTS, zeros
 *   left out: runtimes multiply sizes before they meet the zero
 */
export const elementCount = (shape: readonly number[]): number | undefined => {
  let product = 1;
  let empty = false;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) return undefined;
    if (size === 0) empty = true;
    else product *= size;
    if (product > MAX_ELEMENTS) return undefined;
  }
  return empty ? 0 : product;
};

/** The bytes in a buffer of their own (or the same, when it happens to be aligned), so that a typed array fits on them. */
export const alignedBuffer = (data: Uint8Array, alignment: number): { buffer: ArrayBuffer; byteOffset: number } => {
  if (data.buffer instanceof ArrayBuffer && data.byteOffset % alignment === 0) {
    return { buffer: data.buffer, byteOffset: data.byteOffset };
  }
  const copy = new Uint8Array(data.length);
  copy.set(data);
  return { buffer: copy.buffer, byteOffset: 0 };
};

const malformed = (message: string) => new DomainError('unreadable', 'malformed_tensor', message);

/**
 * Checks that the data is what shape and datatype say, to the byte.
 * @param label - names the tensor in messages, e.g. `input 'x'`
 * @throws DomainError malformed_tensor
 */
export const checkTensorData = (label: string, tensor: Omit<Tensor, 'name'>, elements: number): void => {
  const { datatype, data } = tensor;
  if (datatype === 'BYTES') {
    checkStrings(label, data, elements);
    return;
  }
  const expected = elements * elementBytes[datatype];
  if (data.length !== expected) {
    throw malformed(
      `${label} of ${elements} ${datatype} elements must have ${expected} bytes of data, got ${data.length}`,
    );
  }
  if (datatype !== 'BOOL') return;
  const wrong = data.findIndex((byte) => byte > 1);
  if (wrong >= 0) throw malformed(`${label} BOOL element ${wrong} must be the byte 0 or 1, got ${data[wrong]}`);
};

const checkStrings = (label: string, data: Uint8Array, elements: number) => {
  let at = 0;
  for (let index = 0; index < elements; index++) {
    const length = at + 4 <= data.length ? readUint32(data, at) : undefined;
    if (length === undefined || at + 4 + length > data.length) {
      throw malformed(
        `${label} must hold ${elements} BYTES elements, each after its length as uint32; element ${index} at byte ${at} goes beyond the ${data.length} bytes of data`,
      );
    }
    checkString(label, index, data.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  if (at !== data.length) {
    throw malformed(`${label} must end with its ${elements} BYTES elements at byte ${at}, got ${data.length} bytes`);
  }
};

/** Strings are text to the runtime: it would cut them at a zero byte, and replace what is not UTF-8. */
const checkString = (label: string, index: number, bytes: Uint8Array) => {
  if (!isAscii(bytes) && !isUtf8(bytes)) throw malformed(`${label} BYTES element ${index} must be UTF-8`);
  const zero = bytes.indexOf(0);
  if (zero >= 0) throw malformed(`${label} BYTES element ${index} must not hold a zero byte, got one at byte ${zero}`);
};

const readUint32 = (data: Uint8Array, at: number): number =>
  ((data[at] ?? 0) | ((data[at + 1] ?? 0) << 8) | ((data[at + 2] ?? 0) << 16) | ((data[at + 3] ?? 0) << 24)) >>> 0;

/** The elements of checked BYTES data as text. */
export const readStrings = (data: Uint8Array): string[] => {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const texts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32LE(at);
    texts.push(bytes.toString('utf8', at + 4, end));
    at = end;
  }
  return texts;
};

/** Text elements as BYTES data. @param texts - well-formed UTF-16 */
export const writeStrings = (texts: readonly string[]): Uint8Array => {
  let total = 0;
  for (const text of texts) total += 4 + Buffer.byteLength(text);
  const bytes = Buffer.alloc(total);
  let at = 0;
  for (const text of texts) {
    const length = bytes.write(text, at + 4);
    bytes.writeUInt32LE(length, at);
    at += 4 + length;
  }
  return bytes;
};

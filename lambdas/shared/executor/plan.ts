// What a compiled model is: buffers, and a straight list of steps that read and write them. No step branches to another.
import type { Datatype } from '../onnx/signature.ts';

/** Element types that the executor holds, in the protocol's words. */
export const elementTypes = ['FP32', 'FP64', 'INT64', 'INT32', 'BOOL', 'BYTES'] as const satisfies readonly Datatype[];
export type ElementType = (typeof elementTypes)[number];

/**
 * A size: 0 or more as it is, or −a for a × rows, where rows is the size of the call's batch. A shape has at most one
 * such dimension, so every count of elements is known but for that one number.
 */
export type Extent = number;

/** @param rows - 0 or more */
export const sizeAt = (extent: Extent, rows: number): number => (extent < 0 ? -extent * rows : extent);

/** Elements of a shape. @returns undefined when two dimensions depend on the rows, or they are too many to count */
export const countOf = (dims: readonly Extent[]): Extent | undefined => {
  let count = 1;
  for (const dim of dims) {
    if (dim < 0 && count < 0) return undefined;
    count *= dim;
  }
  return Number.isSafeInteger(count) ? count : undefined;
};

export type FloatArray = Float32Array | Float64Array;
export type PlainArray = FloatArray | Int32Array | Uint32Array | Uint8Array;
/**
 * What lies in a buffer: FP32 in a Float32Array, FP64 and both integers in a Float64Array (integers beyond ±2^53 are
 * refused rather than rounded), BOOL in a Uint8Array, BYTES as text.
 */
export type BufferData = PlainArray | string[];

export interface BufferSpec {
  readonly type: ElementType;
  readonly size: Extent;
  /** A constant's elements; others are written by a step or taken from the caller. */
  readonly data?: PlainArray | readonly string[] | undefined;
}

export type Parameter = number | string | boolean | readonly number[] | readonly string[] | PlainArray;

export interface Step {
  /** A kernel's name. */
  readonly op: string;
  /** Buffers read, and written. */
  readonly in: readonly number[];
  readonly out: readonly number[];
  readonly params: Readonly<Record<string, Parameter>>;
}

export interface Port {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly Extent[];
  readonly buffer: number;
  /**
   * Of outputs: whether the answer is to equal onnxruntime's to the bit (trees, integers, text), or to within rounding
   * (whatever went through exp, or sums whose order is the runtime's own affair).
   */
  readonly exact: boolean;
}

export interface Plan {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly buffers: readonly BufferSpec[];
  readonly steps: readonly Step[];
  /** Elementary operations of one call: `fixed`, and `perRow` for each row. */
  readonly work: { readonly fixed: number; readonly perRow: number };
}

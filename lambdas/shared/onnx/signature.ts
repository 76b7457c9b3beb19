// A model's signature: the tensors it takes and gives, in the Open Inference Protocol's words.

/** The protocol's datatypes. FP16 and BF16 travel only as binary tensors; BYTES are strings. */
export const datatypes = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'BF16',
  'FP32',
  'FP64',
  'BYTES',
] as const;
export type Datatype = (typeof datatypes)[number];

export interface TensorSpec {
  readonly name: string;
  readonly datatype: Datatype;
  /** One entry per dimension; -1 where any size is allowed. */
  readonly shape: readonly number[];
  /** The same with the graph's symbolic names, e.g. `["batch", 30]`; `null` for a size that is neither fixed nor named. */
  readonly dims: readonly (number | string | null)[];
}

export interface Signature {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** The input whose dimension 0 counts the rows that are charged; absent: every call is one row. */
  readonly batchInput?: string | undefined;
}

/** The input that rows are counted by unless the publisher declares another: the first whose dimension 0 is open. */
export const defaultBatchInput = (inputs: readonly TensorSpec[]): string | undefined =>
  inputs.find((input) => input.shape[0] === -1)?.name;

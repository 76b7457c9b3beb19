// The elements of a TensorProto, however it keeps them: in raw bytes, or in the field of its type.
import type { TensorProto } from './generated/onnx-ml_pb.js';
import type { Datatype } from './signature.ts';

/** TensorProto.DataType of the types whose elements are read here. */
const datatypes: Readonly<Record<number, Datatype>> = {
  1: 'FP32',
  6: 'INT32',
  7: 'INT64',
  8: 'BYTES',
  9: 'BOOL',
  11: 'FP64',
};

export interface TensorElements {
  readonly datatype: Datatype;
  readonly dims: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array | readonly string[];
}

/**
 * @param maxElements - more are not read
 * @returns undefined when it is of another type, larger, or its data is not as long as its dimensions say
 */
export const tensorElements = (tensor: TensorProto, maxElements: number): TensorElements | undefined => {
  const datatype = datatypes[tensor.dataType];
  if (!datatype || tensor.externalData.length > 0) return undefined;
  const dims = tensor.dims.map(Number);
  let count = 1;
  for (const dim of dims) count *= dim;
  if (!Number.isSafeInteger(count) || count < 0 || count > maxElements) return undefined;
  const data = tensor.rawData.length > 0 ? fromRaw(datatype, tensor.rawData) : fromField(datatype, tensor);
  return data && data.length === count ? { datatype, dims, data } : undefined;
};

const arrays = {
  FP32: Float32Array,
  FP64: Float64Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  BOOL: Uint8Array,
} as const;

const fromRaw = (datatype: Datatype, raw: Uint8Array): TensorElements['data'] | undefined => {
  if (!(datatype in arrays)) return undefined;
  const elements = arrays[datatype as keyof typeof arrays];
  const size = elements.BYTES_PER_ELEMENT;
  if (raw.length % size !== 0) return undefined;
  return new elements(new Uint8Array(raw).buffer, 0, raw.length / size);
};

const fromField = (datatype: Datatype, tensor: TensorProto): TensorElements['data'] | undefined => {
  if (datatype === 'FP32') return Float32Array.from(tensor.floatData);
  if (datatype === 'FP64') return Float64Array.from(tensor.doubleData);
  if (datatype === 'INT32') return Int32Array.from(tensor.int32Data);
  if (datatype === 'BOOL') return Uint8Array.from(tensor.int32Data, (value) => (value === 0 ? 0 : 1));
  if (datatype === 'INT64') return BigInt64Array.from(tensor.int64Data);
  if (datatype === 'BYTES') return tensor.stringData.map((bytes) => new TextDecoder().decode(bytes));
  return undefined;
};

// The executor's tensors as bytes: little-endian elements back to back, texts each after its length as uint32 (the
// inference protocol's binary form).
import type { Datatype } from '../../onnx/signature.ts';
import type { ExecutorTensor } from '../executor-tensor.ts';

export interface BinaryTensor {
  readonly name: string;
  readonly datatype: Datatype;
  /** Sizes of the dimensions, 0 or more. */
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

const arrays = {
  FP32: Float32Array,
  FP64: Float64Array,
  INT64: BigInt64Array,
  INT32: Int32Array,
  BOOL: Uint8Array,
} as const;

export const toBinary = (name: string, { datatype, shape, data }: ExecutorTensor): BinaryTensor => ({
  name,
  datatype,
  shape,
  data: datatype === 'BYTES' ? writeTexts(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
});

/**
 * @returns undefined when the data is not what type and shape say, or the executor has no such type: whoever wrote it
 *   may be the model that is being judged
 */
export const fromBinary = ({ datatype, shape, data }: BinaryTensor): ExecutorTensor | undefined => {
  const count = shape.reduce((product, size) => product * size, 1);
  if (datatype === 'BYTES') {
    const texts = readTexts(data);
    return texts?.length === count ? { datatype, shape, data: texts } : undefined;
  }
  if (!(datatype in arrays)) return undefined;
  const elements = arrays[datatype as keyof typeof arrays];
  if (data.length !== count * elements.BYTES_PER_ELEMENT) return undefined;
  const aligned = data.byteOffset % elements.BYTES_PER_ELEMENT === 0 ? data : Uint8Array.from(data);
  const buffer = aligned.buffer as ArrayBuffer;
  return { datatype, shape, data: new elements(buffer, aligned.byteOffset, count) } as ExecutorTensor;
};

const writeTexts = (texts: readonly string[]): Uint8Array => {
  const encoded = texts.map((text) => new TextEncoder().encode(text));
  const bytes = new Uint8Array(encoded.reduce((sum, { length }) => sum + 4 + length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const text of encoded) {
    view.setUint32(at, text.length, true);
    bytes.set(text, at + 4);
    at += 4 + text.length;
  }
  return bytes;
};

const readTexts = (bytes: Uint8Array): string[] | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const texts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + 4 > bytes.length) return undefined;
    const end = at + 4 + view.getUint32(at, true);
    if (end > bytes.length) return undefined;
    texts.push(decoder.decode(bytes.subarray(at + 4, end)));
    at = end;
  }
  return texts;
};

// Inputs to try a model on, made from its signature: open dimensions 1, every element the same.
import type { Signature, TensorSpec } from '../../shared/onnx/signature.ts';
import { elementBytes, type Tensor, writeStrings } from './tensor.ts';

/** Bytes that the example inputs will take. */
export const exampleBytes = (signature: Signature): number =>
  signature.inputs.reduce((sum, spec) => sum + exampleShape(spec).reduce((a, b) => a * b, bytesOf(spec)), 0);

const exampleShape = (spec: TensorSpec): number[] => spec.shape.map((size) => (size === -1 ? 1 : size));
const bytesOf = (spec: TensorSpec) => elementBytes[spec.datatype] || 8;

/** Bytes of the element 1, where that is not 1 and zeros. */
const ones: Partial<Record<TensorSpec['datatype'], readonly number[]>> = {
  FP16: [0, 0x3c],
  BF16: [0x80, 0x3f],
  FP32: [0, 0, 0x80, 0x3f],
  FP64: [0, 0, 0, 0, 0, 0, 0xf0, 0x3f],
};

/** @param fill - 0: zeros, false, empty texts; 1: ones, true, the text `1` */
export const exampleInputs = (signature: Signature, fill: 0 | 1): Tensor[] =>
  signature.inputs.map((spec) => {
    const { name, datatype } = spec;
    const shape = exampleShape(spec);
    const elements = shape.reduce((a, b) => a * b, 1);
    if (datatype === 'BYTES') {
      return { name, datatype, shape, data: writeStrings(new Array<string>(elements).fill(fill === 0 ? '' : '1')) };
    }
    const size = elementBytes[datatype];
    const data = Buffer.alloc(elements * size);
    if (fill === 1) data.fill(Uint8Array.from({ length: size }, (_, i) => ones[datatype]?.[i] ?? (i === 0 ? 1 : 0)));
    return { name, datatype, shape, data };
  });

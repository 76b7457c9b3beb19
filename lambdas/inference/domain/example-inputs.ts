// Inputs to try a model on, made from its signature: sizes for the open dimensions; every element the same, or at random.
import { seededRandom } from '../../shared/numeric/seeded-random.ts';
import type { Signature, TensorSpec } from '../../shared/onnx/signature.ts';
import { elementBytes, type Tensor, writeStrings } from './tensor.ts';

/** A shape for each input, in the signature's order. */
export type ExampleShapes = readonly (readonly number[])[];

/** Sizes to try where 1 is refused, the others staying 1: the last dimension is a sound's samples or a text's tokens, those inside are an image's sides. */
const sizesOfLast = [16, 256, 4096] as const;
const sizesInside = [32, 224] as const;

/** Larger inputs are not worth trying. */
const MAX_BYTES = 67_108_864;

/**
 * What to try, in order: open dimensions 1, and then larger where a model may need it (a convolution is wider than one
 * sample, a batch is not). Dimensions that the graph gives one name have one size.
 */
export const exampleShapes = (signature: Signature): ExampleShapes[] => {
  const tried = new Set<string>();
  return [
    shapesWith(signature, 1, () => false),
    ...sizesOfLast.map((size) => shapesWith(signature, size, (dimension, rank) => dimension === rank - 1)),
    ...sizesInside.map((size) => shapesWith(signature, size, (dimension) => dimension > 0)),
  ].filter((shapes, index) => {
    const text = JSON.stringify(shapes);
    const isNew = !tried.has(text);
    tried.add(text);
    return isNew && (index === 0 || exampleBytes(signature, shapes) <= MAX_BYTES);
  });
};

const shapesWith = (
  { inputs }: Signature,
  size: number,
  isRaised: (dimension: number, rank: number) => boolean,
): ExampleShapes => {
  const raised = new Set<unknown>();
  for (const { dims } of inputs) {
    for (const [dimension, dim] of dims.entries()) {
      if (typeof dim === 'string' && isRaised(dimension, dims.length)) raised.add(dim);
    }
  }
  return inputs.map(({ shape, dims }) =>
    shape.map((fixed, dimension) => {
      if (fixed !== -1) return fixed;
      return isRaised(dimension, shape.length) || raised.has(dims[dimension]) ? size : 1;
    }),
  );
};

/** Bytes that inputs of those shapes take. */
export const exampleBytes = ({ inputs }: Signature, shapes: ExampleShapes): number =>
  inputs.reduce((sum, spec, index) => sum + (shapes[index] ?? []).reduce((a, b) => a * b, bytesOf(spec)), 0);

const bytesOf = (spec: TensorSpec) => elementBytes[spec.datatype] || 8;

/** Bytes of the element 1, where that is not 1 and zeros. */
const ones: Partial<Record<TensorSpec['datatype'], readonly number[]>> = {
  FP16: [0, 0x3c],
  BF16: [0x80, 0x3f],
  FP32: [0, 0, 0x80, 0x3f],
  FP64: [0, 0, 0, 0, 0, 0, 0xf0, 0x3f],
};

/** @param fill - 0: zeros, false, empty texts; 1: ones, true, the text `1` */
export const exampleInputs = ({ inputs }: Signature, shapes: ExampleShapes, fill: 0 | 1): Tensor[] =>
  inputs.map(({ name, datatype }, index) => {
    const shape = shapes[index] ?? [];
    const elements = shape.reduce((a, b) => a * b, 1);
    if (datatype === 'BYTES') {
      return { name, datatype, shape, data: writeStrings(new Array<string>(elements).fill(fill === 0 ? '' : '1')) };
    }
    const size = elementBytes[datatype];
    const data = Buffer.alloc(elements * size);
    if (fill === 1) data.fill(Uint8Array.from({ length: size }, (_, i) => ones[datatype]?.[i] ?? (i === 0 ? 1 : 0)));
    return { name, datatype, shape, data };
  });

/** Floats about 0, whole numbers 0 and 1, which are a token or a category to most models; texts of them. */
export const randomInputs = ({ inputs }: Signature, shapes: ExampleShapes, seed: number): Tensor[] => {
  const random = seededRandom(seed);
  return inputs.map(({ name, datatype }, index) => {
    const shape = shapes[index] ?? [];
    const elements = shape.reduce((a, b) => a * b, 1);
    if (datatype === 'BYTES') {
      const texts = Array.from({ length: elements }, () => String(random.below(2)));
      return { name, datatype, shape, data: writeStrings(texts) };
    }
    const size = elementBytes[datatype];
    const data = Buffer.alloc(elements * size);
    const one = ones[datatype] ?? [1];
    for (let at = 0; at < data.length; at += size) {
      if (datatype === 'FP32') data.writeFloatLE(random.normal(), at);
      else if (datatype === 'FP64') data.writeDoubleLE(random.normal(), at);
      else if (random.below(2) === 1) data.set(one, at);
    }
    return { name, datatype, shape, data };
  });
};

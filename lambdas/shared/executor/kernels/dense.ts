// Rows times a constant matrix, plus a bias: MatMul, Gemm and what is made of them.
//
// onnxruntime sums each product in float32 with fused multiply-add, one after another, in blocks of the inner dimension.
// `fround(x · w + sum)` is that to the bit: the product of two float32 is exact in float64. So the answers are equal
// where the machine has FMA, and close where it has not.
//
//   weights, packed so that a step reads 8 neighbours:   [⌈columns / 8⌉] × [inner] × 8, the last filled up with 0
import { floatsOf, inputOf, type Kernel, numberOf, outputOf, plainAt } from '../kernel.ts';
import { type BufferData, type FloatArray, type PlainArray, type Step, sizeAt } from '../plan.ts';
import { multiplyRow } from './dense-single-row.ts';

const { fround } = Math;
const LANES = 8;

interface Shape {
  readonly inner: number;
  readonly columns: number;
  /** [columns], or empty. */
  readonly bias: FloatArray;
}

interface Layer extends Shape {
  readonly weights: Float64Array;
  readonly blockSize: number;
  readonly relu: boolean;
}

export const dense: Kernel = (step, buffers, arena) => {
  const input = inputOf(step, 0);
  const output = outputOf(step, 0);
  const rows = numberOf(step, 'rows');
  const byRow = step.params.byRow instanceof Float32Array ? step.params.byRow : undefined;
  const shape = { inner: numberOf(step, 'inner'), columns: numberOf(step, 'columns'), bias: floatsOf(step, 'bias') };
  const { inner, columns, bias } = shape;
  const multiply = arena?.bind(step) ?? scalarProduct(step, shape, buffers);
  return (batch) => {
    const x = plainAt(buffers, input);
    const count = sizeAt(rows, batch);
    if (byRow && count === 1) multiplyRow(x, byRow, bias, plainAt(buffers, output), inner, columns);
    else multiply(count, x);
  };
};

/** The product without WebAssembly. */
const scalarProduct = (step: Step, shape: Shape, buffers: readonly BufferData[]) => {
  const given = floatsOf(step, 'weights');
  const [multiplyOne, weights] =
    given instanceof Float64Array
      ? [doubleRow, given]
      : // Widened once rather than in every product.
        [floatRow, Float64Array.from(given)];
  const layer = { ...shape, weights, blockSize: numberOf(step, 'blockSize'), relu: step.params.relu === true };
  return (count: number, x: PlainArray) => {
    const y = plainAt(buffers, outputOf(step, 0));
    for (let row = 0; row < count; row++) multiplyOne(x, row, y, layer);
  };
};

const floatRow = (x: PlainArray, row: number, y: PlainArray, layer: Layer): void => {
  const { inner, columns, blockSize } = layer;
  for (let first = 0; first < inner; first += blockSize) {
    floatBlock(x, row * inner, y, row * columns, layer, first);
  }
  if (layer.relu) rectify(y, row * columns, columns);
};

/** Adds the products of the block from `first` on to the row's answer. */
const floatBlock = (x: PlainArray, xAt: number, y: PlainArray, yAt: number, layer: Layer, first: number): void => {
  const { weights, bias, inner, columns, blockSize } = layer;
  const end = Math.min(inner, first + blockSize);
  // What the sums are added to, once they are complete.
  const base = first === 0 ? bias : y;
  const baseAt = first === 0 ? 0 : yAt;
  for (let j = 0, start = 0; j < columns; j += LANES, start += LANES * inner) {
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let e = 0;
    let f = 0;
    let g = 0;
    let h = 0;
    for (let k = first; k < end; k++) {
      const value = x[xAt + k] as number;
      const w = start + LANES * k;
      a = fround(value * (weights[w] as number) + a);
      b = fround(value * (weights[w + 1] as number) + b);
      c = fround(value * (weights[w + 2] as number) + c);
      d = fround(value * (weights[w + 3] as number) + d);
      e = fround(value * (weights[w + 4] as number) + e);
      f = fround(value * (weights[w + 5] as number) + f);
      g = fround(value * (weights[w + 6] as number) + g);
      h = fround(value * (weights[w + 7] as number) + h);
    }
    sums.set([a, b, c, d, e, f, g, h]);
    for (let k = j; k < columns && k < j + LANES; k++) {
      const sum = sums[k - j] as number;
      y[yAt + k] = base.length > 0 ? sum + (base[baseAt + k] as number) : sum;
    }
  }
};

const sums = new Float64Array(LANES);

const doubleRow = (x: PlainArray, row: number, y: PlainArray, layer: Layer): void => {
  const { weights, bias, inner, columns } = layer;
  for (let j = 0; j < columns; j++) {
    let w = (j - (j % LANES)) * inner + (j % LANES);
    let sum = 0;
    for (let k = 0; k < inner; k++, w += LANES) sum += (x[row * inner + k] as number) * (weights[w] as number);
    y[row * columns + j] = bias.length > 0 ? sum + (bias[j] as number) : sum;
  }
  if (layer.relu) rectify(y, row * columns, columns);
};

const rectify = (y: PlainArray, at: number, count: number): void => {
  for (let i = at; i < at + count; i++) if ((y[i] as number) < 0) y[i] = 0;
};

/** @param matrix - [inner × columns] */
export const packWeights = (matrix: FloatArray, inner: number, columns: number): FloatArray => {
  const length = Math.ceil(columns / LANES) * LANES * inner;
  const packed = matrix instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
  for (let j = 0; j < columns; j++) {
    let to = (j - (j % LANES)) * inner + (j % LANES);
    for (let k = 0; k < inner; k++, to += LANES) packed[to] = matrix[k * columns + j] as number;
  }
  return packed;
};

// Along one axis: [outer × axis × inner] → [outer × inner], or the same shape for softmax.
import { ExecutorRefusal } from '../executor-refusal.ts';
import { inputOf, type Kernel, numberOf, outputOf, plainAt, textOf } from '../kernel.ts';
import { type PlainArray, type Step, sizeAt } from '../plan.ts';
import { neighbourSum } from './neighbour-sum.ts';

/** Over elements `from`, `from + stride` … , `count` of them. */
type Reduction = (x: PlainArray, from: number, stride: number, count: number) => number;

/** Rounds to what a buffer holds, float64 and whole numbers not at all. */
const roundOf = (x: PlainArray): ((value: number) => number) =>
  x instanceof Float32Array ? Math.fround : (value) => value;

/** One after another, each sum rounded, as onnxruntime's aggregators do. */
const sumOf =
  (map: (value: number) => number): Reduction =>
  (x, from, stride, count) => {
    const round = roundOf(x);
    let sum = 0;
    for (let i = 0, at = from; i < count; i++, at += stride) sum = round(sum + round(map(x[at] as number)));
    return sum;
  };

const sum: Reduction = (x, from, stride, count) =>
  stride === 1 && x instanceof Float32Array ? neighbourSum(x, from, count) : inTurn(x, from, stride, count);
const inTurn = sumOf((value) => value);
const sumOfSquares = sumOf((value) => value * value);

const best =
  (better: (a: number, b: number) => boolean): Reduction =>
  (x, from, stride, count) => {
    let found = x[from] as number;
    for (let i = 1, at = from + stride; i < count; i++, at += stride) {
      const value = x[at] as number;
      if (better(value, found) || Number.isNaN(value)) found = value;
    }
    return found;
  };

const place =
  (better: (a: number, b: number) => boolean): Reduction =>
  (x, from, stride, count) => {
    let found = 0;
    let value = x[from] as number;
    for (let i = 1, at = from + stride; i < count; i++, at += stride) {
      if (!better(x[at] as number, value)) continue;
      found = i;
      value = x[at] as number;
    }
    return found;
  };

const max = best((a, b) => a > b);

const reductions: Readonly<Record<string, Reduction>> = {
  Sum: sum,
  Mean: (x, from, stride, count) => sum(x, from, stride, count) / count,
  SumSquare: sumOfSquares,
  L1: sumOf(Math.abs),
  L2: (x, from, stride, count) => Math.sqrt(sumOfSquares(x, from, stride, count)),
  LogSum: (x, from, stride, count) => Math.log(sum(x, from, stride, count)),
  Prod: (x, from, stride, count) => {
    const round = roundOf(x);
    let product = 1;
    for (let i = 0, at = from; i < count; i++, at += stride) product = round(product * (x[at] as number));
    return product;
  },
  LogSumExp: (x, from, stride, count) => {
    const highest = max(x, from, stride, count);
    const shift = Number.isFinite(highest) ? highest : 0;
    const round = roundOf(x);
    let exponentials = 0;
    for (let i = 0, at = from; i < count; i++, at += stride) {
      exponentials = round(exponentials + round(Math.exp(round((x[at] as number) - shift))));
    }
    return round(Math.log(exponentials)) + shift;
  },
  Max: max,
  Min: best((a, b) => a < b),
  ArgMax: place((a, b) => a > b),
  ArgMin: place((a, b) => a < b),
  ArgMaxLast: place((a, b) => a >= b),
  ArgMinLast: place((a, b) => a <= b),
};

const extents = (step: Step) =>
  ['outer', 'axis', 'inner'].map((name) => numberOf(step, name)) as [number, number, number];

export const reduce: Kernel = (step, buffers) => {
  const name = textOf(step, 'function');
  const apply = reductions[name];
  if (!apply) throw new ExecutorRefusal('bad_form', `there is no reduction '${name}'`);
  const [input, output] = [inputOf(step, 0), outputOf(step, 0)];
  const [outer, axis, inner] = extents(step);
  return (rows) => {
    const x = plainAt(buffers, input);
    const y = plainAt(buffers, output);
    const [outerCount, count, innerCount] = [sizeAt(outer, rows), sizeAt(axis, rows), sizeAt(inner, rows)];
    let at = 0;
    for (let i = 0; i < outerCount; i++) {
      for (let k = 0; k < innerCount; k++) y[at++] = apply(x, i * count * innerCount + k, innerCount, count);
    }
  };
};

/** `function` Softmax or LogSoftmax. */
export const softmax: Kernel = (step, buffers) => {
  const isLog = textOf(step, 'function') === 'LogSoftmax';
  const [input, output] = [inputOf(step, 0), outputOf(step, 0)];
  const [outer, axis, inner] = extents(step);
  return (rows) => {
    const x = plainAt(buffers, input);
    const y = plainAt(buffers, output);
    const [outerCount, count, stride] = [sizeAt(outer, rows), sizeAt(axis, rows), sizeAt(inner, rows)];
    for (let i = 0; i < outerCount; i++) {
      for (let k = 0; k < stride; k++) softmaxAlong(x, y, i * count * stride + k, stride, count, isLog);
    }
  };
};

const softmaxAlong = (
  x: PlainArray,
  y: PlainArray,
  from: number,
  stride: number,
  count: number,
  isLog: boolean,
): void => {
  const end = from + count * stride;
  let highest = -Infinity;
  for (let at = from; at < end; at += stride) if ((x[at] as number) > highest) highest = x[at] as number;
  let total = 0;
  for (let at = from; at < end; at += stride) {
    const value = Math.exp((x[at] as number) - highest);
    total += value;
    if (!isLog) y[at] = value;
  }
  if (isLog) {
    const shift = Math.log(total) + highest;
    for (let at = from; at < end; at += stride) y[at] = (x[at] as number) - shift;
  } else {
    for (let at = from; at < end; at += stride) y[at] = (y[at] as number) / total;
  }
};

/** Each row divided by its largest element, or by its L1 or L2 norm: `norm` MAX, L1, L2. A norm of 0 changes nothing. */
export const normalize: Kernel = (step, buffers) => {
  const norm = textOf(step, 'norm');
  const [input, output] = [inputOf(step, 0), outputOf(step, 0)];
  const rowsExtent = numberOf(step, 'rows');
  const columns = numberOf(step, 'columns');
  const { fround, sqrt } = Math;
  const normOf = (x: PlainArray, from: number): number => {
    let sum = norm === 'MAX' ? -3.4028234663852886e38 : 0;
    for (let at = from; at < from + columns; at++) {
      const value = fround(x[at] as number);
      if (norm === 'MAX') sum = Math.max(sum, value);
      else sum = fround(sum + (norm === 'L1' ? Math.abs(value) : fround(value * value)));
    }
    return sum;
  };
  return (rows) => {
    const x = plainAt(buffers, input);
    const y = plainAt(buffers, output);
    const count = sizeAt(rowsExtent, rows);
    for (let row = 0, from = 0; row < count; row++, from += columns) {
      const size = normOf(x, from);
      for (let at = from; at < from + columns; at++) {
        const value = fround(x[at] as number);
        if (size === 0) y[at] = value;
        else if (norm !== 'L2') y[at] = value / size;
        else y[at] = (value < 0 ? -1 : 1) * sqrt(fround(fround(value * value) / size));
      }
    }
  };
};

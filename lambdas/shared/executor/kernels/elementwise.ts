// One element at a time: unary and binary arithmetic, comparison, choice.
import { ExecutorRefusal } from '../executor-refusal.ts';
import { extentsOf, inputOf, type Kernel, movableAt, numberOf, outputOf, plainAt, textOf } from '../kernel.ts';
import { type Step, sizeAt } from '../plan.ts';
import { erf } from './erf.ts';

const TWO_63 = 2 ** 63;

type Unary = (value: number) => number;

/** With `alpha` and `beta`, where an operator has such. What is stored as float32 is rounded by being stored. */
const unaryOf = (step: Step): Unary => {
  const alpha = typeof step.params.alpha === 'number' ? step.params.alpha : 0;
  const beta = typeof step.params.beta === 'number' ? step.params.beta : 0;
  const functions: Readonly<Record<string, Unary>> = {
    // −0 stays, and NaN.
    // biome-ignore lint/complexity/useMathMinMax: that makes 0 of −0
    Relu: (x) => (x < 0 ? 0 : x),
    Sigmoid: (x) => 1 / (1 + Math.exp(-x)),
    Tanh: Math.tanh,
    LeakyRelu: (x) => (x >= 0 ? x : alpha * x),
    Elu: (x) => (x >= 0 ? x : alpha * Math.expm1(x)),
    Selu: (x) => beta * (x > 0 ? x : alpha * Math.expm1(x)),
    HardSigmoid: (x) => Math.max(0, Math.min(1, alpha * x + beta)),
    Softplus: (x) => (x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x))),
    Softsign: (x) => x / (1 + Math.abs(x)),
    Gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
    GeluTanh: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))),
    Erf: erf,
    Exp: Math.exp,
    Log: Math.log,
    Sqrt: Math.sqrt,
    Abs: Math.abs,
    Neg: (x) => -x,
    Reciprocal: (x) => 1 / x,
    Floor: Math.floor,
    Ceil: Math.ceil,
    Sign: (x) => (x > 0 ? 1 : x < 0 ? -1 : x === 0 ? 0 : x),
    Not: (x) => (x === 0 ? 1 : 0),
    IsNaN: (x) => (Number.isNaN(x) ? 1 : 0),
    // `alpha` and `beta` are the limits; NaN stays.
    Clip: (x) => (x < alpha ? alpha : Math.min(x, beta)),
    Binarizer: (x) => {
      if (Number.isNaN(x)) throw new ExecutorRefusal('bad_value', 'a Binarizer takes no NaN');
      return x > alpha ? 1 : 0;
    },
    ToBool: (x) => (x === 0 ? 0 : 1),
    ToFloat: (x) => x,
    ToInt32: (x) => (x >= -2_147_483_648 && x < 2_147_483_648 ? Math.trunc(x) + 0 : -2_147_483_648),
    ToInt64: (x) => (x >= -TWO_63 && x < TWO_63 ? Math.trunc(x) + 0 : -TWO_63),
  };
  const found = functions[textOf(step, 'function')];
  if (!found) throw new ExecutorRefusal('bad_form', `there is no function '${textOf(step, 'function')}'`);
  return found;
};

export const unary: Kernel = (step, buffers) => {
  const apply = unaryOf(step);
  const input = inputOf(step, 0);
  const output = outputOf(step, 0);
  const size = numberOf(step, 'size');
  return (rows) => {
    const x = plainAt(buffers, input);
    const y = plainAt(buffers, output);
    const count = sizeAt(size, rows);
    for (let i = 0; i < count; i++) y[i] = apply(x[i] as number);
  };
};

type Binary = (a: number, b: number) => number;

const checkedInteger = (value: number): number => {
  if (Number.isSafeInteger(value)) return value + 0;
  throw new ExecutorRefusal('integer_range', `a whole number must stay between −2^53 and 2^53, got ${value}`);
};

const binaries: Readonly<Record<string, Binary>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Pow: (a, b) => (a === 1 || b === 0 ? 1 : Math.abs(a) === 1 && (b === Infinity || b === -Infinity) ? 1 : a ** b),
  Min: (a, b) => (Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : Math.min(a, b)),
  Max: (a, b) => (Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : Math.max(a, b)),
  IntAdd: (a, b) => checkedInteger(a + b),
  IntSub: (a, b) => checkedInteger(a - b),
  IntMul: (a, b) => checkedInteger(a * b),
  IntDiv: (a, b) => {
    if (b === 0) throw new ExecutorRefusal('bad_value', 'a whole number cannot be divided by 0');
    return checkedInteger(Math.trunc(a / b));
  },
  PRelu: (a, slope) => (a >= 0 ? a : a * slope),
  Less: (a, b) => (a < b ? 1 : 0),
  LessOrEqual: (a, b) => (a <= b ? 1 : 0),
  Greater: (a, b) => (a > b ? 1 : 0),
  GreaterOrEqual: (a, b) => (a >= b ? 1 : 0),
  Equal: (a, b) => (a === b ? 1 : 0),
  And: (a, b) => a & b,
  Or: (a, b) => a | b,
  Xor: (a, b) => a ^ b,
};

/**
 * Over the output's dimensions, `dims` [3], with the steps that each operand takes in each, `strides` [operands × 3]: 0
 * where it is repeated.
 */
const overThree = (step: Step, body: (rows: number, dims: readonly number[], strides: readonly number[]) => void) => {
  const dims = extentsOf(step, 'dims');
  const strides = extentsOf(step, 'strides');
  return (rows: number) =>
    body(
      rows,
      dims.map((dim) => sizeAt(dim, rows)),
      strides.map((stride) => sizeAt(stride, rows)),
    );
};

export const binary: Kernel = (step, buffers) => {
  const name = textOf(step, 'function');
  const apply = binaries[name];
  if (!apply) throw new ExecutorRefusal('bad_form', `there is no function '${name}'`);
  const [left, right, output] = [inputOf(step, 0), inputOf(step, 1), outputOf(step, 0)];
  return overThree(step, (_rows, dims, strides) => {
    const a = plainAt(buffers, left);
    const b = plainAt(buffers, right);
    const y = plainAt(buffers, output);
    const [d0, d1, d2] = dims as [number, number, number];
    const [a0, a1, a2, b0, b1, b2] = strides as [number, number, number, number, number, number];
    let at = 0;
    for (let i = 0; i < d0; i++) {
      for (let j = 0; j < d1; j++) {
        let p = i * a0 + j * a1;
        let q = i * b0 + j * b1;
        for (let k = 0; k < d2; k++, p += a2, q += b2) y[at++] = apply(a[p] as number, b[q] as number);
      }
    }
  });
};

/** Equality of texts. */
export const equalTexts: Kernel = (step, buffers) => {
  const [left, right, output] = [inputOf(step, 0), inputOf(step, 1), outputOf(step, 0)];
  return overThree(step, (_rows, dims, strides) => {
    const a = buffers[left] as readonly string[];
    const b = buffers[right] as readonly string[];
    const y = plainAt(buffers, output);
    const [d0, d1, d2] = dims as [number, number, number];
    const [a0, a1, a2, b0, b1, b2] = strides as [number, number, number, number, number, number];
    let at = 0;
    for (let i = 0; i < d0; i++) {
      for (let j = 0; j < d1; j++) {
        for (let k = 0; k < d2; k++) {
          y[at++] = a[i * a0 + j * a1 + k * a2] === b[i * b0 + j * b1 + k * b2] ? 1 : 0;
        }
      }
    }
  });
};

/** Of three operands: where the first holds the second, elsewhere the third; numbers or texts. */
export const where: Kernel = (step, buffers) => {
  const [condition, yes, no, output] = [inputOf(step, 0), inputOf(step, 1), inputOf(step, 2), outputOf(step, 0)];
  return overThree(step, (_rows, dims, strides) => {
    const c = plainAt(buffers, condition);
    const a = movableAt(buffers, yes);
    const b = movableAt(buffers, no);
    const y = movableAt(buffers, output);
    const [d0, d1, d2] = dims as [number, number, number];
    const s = strides as readonly number[] & { readonly [index: number]: number };
    let at = 0;
    for (let i = 0; i < d0; i++) {
      for (let j = 0; j < d1; j++) {
        for (let k = 0; k < d2; k++) {
          const index = (operand: number) =>
            i * (s[3 * operand] as number) + j * (s[3 * operand + 1] as number) + k * (s[3 * operand + 2] as number);
          y[at++] = c[index(0)] === 0 ? (b[index(2)] as number) : (a[index(1)] as number);
        }
      }
    }
  });
};

/** One operand repeated, or its dimensions in another order: Expand, Transpose. */
export const spread: Kernel = (step, buffers) => {
  const [input, output] = [inputOf(step, 0), outputOf(step, 0)];
  return overThree(step, (_rows, dims, strides) => {
    const x = movableAt(buffers, input);
    const y = movableAt(buffers, output);
    const [d0, d1, d2] = dims as [number, number, number];
    const [s0, s1, s2] = strides as [number, number, number];
    let at = 0;
    for (let i = 0; i < d0; i++) {
      for (let j = 0; j < d1; j++) {
        let p = i * s0 + j * s1;
        for (let k = 0; k < d2; k++, p += s2) y[at++] = x[p] as number;
      }
    }
  });
};

// Scores made probabilities, by the formulas and roundings of onnxruntime's ai.onnx.ml operators (ml_common.h): float32
// after every operation, so that only exp and log may differ, by their last bit.
const { fround, exp, log, sqrt, abs } = Math;

const LOWEST = -3.4028234663852886e38;
const TINY = fround(0.0000001);
const PROBIT_A = fround(2 / fround(fround(Math.PI) * fround(0.147)));
const PROBIT_B = fround(1 / fround(0.147));
const SQRT_2 = fround(Math.SQRT2);

export const logistic = (score: number): number => {
  const value = fround(score);
  const positive = fround(1 / fround(1 + fround(exp(-abs(value)))));
  return value < 0 ? fround(1 - positive) : positive;
};

export const probit = (score: number): number => {
  const x = fround(fround(2 * fround(score)) - 1);
  const sign = x < 0 ? -1 : 1;
  const squared = fround(fround(1 - x) * fround(1 + x));
  const logarithm = fround(log(squared));
  const v = fround(PROBIT_A + fround(0.5 * logarithm));
  const v2 = fround(PROBIT_B * logarithm);
  const v3 = fround(-v + fround(sqrt(fround(fround(v * v) - v2))));
  return fround(SQRT_2 * fround(sign * fround(sqrt(v3))));
};

/** In place. @param scores - [count] from `at` on */
export const softmax = (scores: Float64Array, at: number, count: number): void => {
  let highest = LOWEST;
  for (let i = at; i < at + count; i++) {
    const value = fround(scores[i] as number);
    if (value > highest) highest = value;
  }
  let sum = 0;
  for (let i = at; i < at + count; i++) {
    const value = fround(exp(fround(fround(scores[i] as number) - highest)));
    scores[i] = value;
    sum = fround(sum + value);
  }
  for (let i = at; i < at + count; i++) scores[i] = fround((scores[i] as number) / sum);
};

/** In place; scores near 0 stay so, as exp(0) would not. @param scores - [count] from `at` on */
export const softmaxZero = (scores: Float64Array, at: number, count: number): void => {
  let highest = LOWEST;
  for (let i = at; i < at + count; i++) {
    const value = fround(scores[i] as number);
    if (value > highest) highest = value;
  }
  const scale = fround(exp(-highest));
  let sum = 0;
  for (let i = at; i < at + count; i++) {
    const value = fround(scores[i] as number);
    if (value > TINY || value < -TINY) {
      scores[i] = fround(exp(fround(value - highest)));
      sum = fround(sum + (scores[i] as number));
    } else {
      scores[i] = (scores[i] as number) * scale;
    }
  }
  for (let i = at; i < at + count; i++) scores[i] = (scores[i] as number) / sum;
};

// Label and scores from the sums of a LinearClassifier, as onnxruntime gives them.
import { inputOf, type Kernel, movableAt, numberOf, outputOf, plainAt, textOf } from '../kernel.ts';
import { type PlainArray, sizeAt } from '../plan.ts';
import { logistic, probit, softmax, softmaxZero } from './post-transform.ts';

/**
 * `classes`: sums of each row; `second`: one sum stands for two classes; `labels`: of the classes, of two when there is
 * one sum.
 */
export const linearScores: Kernel = (step, buffers) => {
  const [input, labelsOut, scoresOut] = [inputOf(step, 0), outputOf(step, 0), outputOf(step, 1)];
  const rowsExtent = numberOf(step, 'rows');
  const classes = numberOf(step, 'classes');
  const post = textOf(step, 'post');
  const second = step.params.second === true;
  const labels = step.params.labels as ArrayLike<number>;
  const width = second ? 2 : classes;
  const work = new Float64Array(classes);
  return (rows) => {
    const x = plainAt(buffers, input);
    const label = movableAt(buffers, labelsOut);
    const y = plainAt(buffers, scoresOut);
    const count = sizeAt(rowsExtent, rows);
    for (let row = 0; row < count; row++) {
      const from = row * classes;
      label[row] = labels[classes === 1 ? ((x[from] as number) > 0 ? 1 : 0) : highest(x, from, classes)] as number;
      for (let k = 0; k < classes; k++) work[k] = x[from + k] as number;
      transformScores(work, post, second);
      if (second) y[row * 2] = post === 'LOGISTIC' ? logistic(-(x[from] as number)) : 1 - (work[0] as number);
      for (let k = 0; k < classes; k++) y[row * width + k + (second ? 1 : 0)] = work[k] as number;
    }
  };
};

const highest = (x: PlainArray, from: number, count: number): number => {
  let best = 0;
  for (let k = 1; k < count; k++) if ((x[from + k] as number) > (x[from + best] as number)) best = k;
  return best;
};

/** In place. A single class has no transform but PROBIT. */
export const transformScores = (work: Float64Array, post: string, second: boolean): void => {
  if (post === 'PROBIT') for (let k = 0; k < work.length; k++) work[k] = probit(work[k] as number);
  else if (work.length === 1 && !(second && post === 'LOGISTIC')) return;
  else if (post === 'LOGISTIC') for (let k = 0; k < work.length; k++) work[k] = logistic(work[k] as number);
  else if (post === 'SOFTMAX') softmax(work, 0, work.length);
  else if (post === 'SOFTMAX_ZERO') softmaxZero(work, 0, work.length);
};

/** The transform alone, of a LinearRegressor. `classes`: scores of each row. */
export const postTransform: Kernel = (step, buffers) => {
  const [input, output] = [inputOf(step, 0), outputOf(step, 0)];
  const rowsExtent = numberOf(step, 'rows');
  const classes = numberOf(step, 'classes');
  const post = textOf(step, 'post');
  const work = new Float64Array(classes);
  return (rows) => {
    const x = plainAt(buffers, input);
    const y = plainAt(buffers, output);
    const count = sizeAt(rowsExtent, rows);
    for (let row = 0, at = 0; row < count; row++, at += classes) {
      for (let k = 0; k < classes; k++) work[k] = x[at + k] as number;
      transformScores(work, post, false);
      for (let k = 0; k < classes; k++) y[at + k] = work[k] as number;
    }
  };
};

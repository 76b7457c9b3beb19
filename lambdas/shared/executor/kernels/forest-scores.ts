// From sums to answers: base values, average, label, post transform; the rules for two classes are onnxruntime's own
// (tree_ensemble_aggregator.h) and not the specification's.
import { ExecutorRefusal } from '../executor-refusal.ts';
import { floatsOf, numberOf, textOf } from '../kernel.ts';
import type { BufferData, FloatArray, PlainArray, Step } from '../plan.ts';
import type { Sums } from './forest-sums.ts';
import { logistic, probit, softmax, softmaxZero } from './post-transform.ts';

/**
 * Writes one row's answer.
 * @param answers - the step's output buffers: of a regressor the scores; of a classifier labels and scores
 * @param at - where the row's sums begin
 */
export type Finish = (answers: readonly (BufferData | undefined)[], row: number, at: number) => void;

/** @param step - `kind`, `targets`, `aggregate`, `post`, `base`, `treeCount`; of a classifier also `labels`, `binary`, `positive` */
export const finishOf = (step: Step, sums: Sums): Finish =>
  textOf(step, 'kind') === 'classifier' ? finishClassifier(step, sums) : finishRegressor(step, sums);

const roundOf = (scores: FloatArray): ((value: number) => number) =>
  scores instanceof Float32Array ? Math.fround : (value) => value;

const transformRow = (post: string, scores: Float64Array, count: number): void => {
  if (post === 'SOFTMAX') softmax(scores, 0, count);
  else if (post === 'SOFTMAX_ZERO') softmaxZero(scores, 0, count);
  else if (post === 'LOGISTIC') for (let i = 0; i < count; i++) scores[i] = logistic(scores[i] as number);
  else if (post === 'PROBIT') for (let i = 0; i < count; i++) scores[i] = probit(scores[i] as number);
};

const finishRegressor = (step: Step, { scores, has }: Sums): Finish => {
  const targets = numberOf(step, 'targets');
  const trees = numberOf(step, 'treeCount');
  const aggregate = textOf(step, 'aggregate');
  const post = textOf(step, 'post');
  const base = floatsOf(step, 'base');
  const round = roundOf(scores);
  const usesBase = base.length === targets;
  const picks = aggregate === 'MIN' || aggregate === 'MAX';
  const total = (at: number, target: number): number => {
    const score = scores[at + target] as number;
    const averaged = aggregate === 'AVERAGE' ? round(score / trees) : score;
    if (!usesBase) return picks && has[at + target] === 0 ? 0 : averaged;
    const origin = base[target] as number;
    return picks && has[at + target] === 0 ? origin : round(averaged + origin);
  };
  const work = new Float64Array(targets);
  return (answers, row, at) => {
    const out = answers[0] as PlainArray;
    if (targets === 1) {
      // The runtime has no other transform for a single target.
      const score = total(at, 0);
      out[row] = post === 'PROBIT' ? probit(score) : score;
      return;
    }
    for (let target = 0; target < targets; target++) work[target] = total(at, target);
    transformRow(post, work, targets);
    for (let target = 0; target < targets; target++) out[row * targets + target] = work[target] as number;
  };
};

const finishClassifier = (step: Step, sums: Sums): Finish => {
  const write = numberOf(step, 'targets') > 2 ? multiclassOf(step, sums) : binaryOf(step, sums);
  const labels = step.params.labels;
  return (answers, row, at) => {
    const scores = answers[1] as PlainArray;
    const label = write(scores, row, at);
    if (labels instanceof Float64Array) (answers[0] as PlainArray)[row] = labels[label] as number;
    else (answers[0] as string[])[row] = (labels as readonly string[])[label] as string;
  };
};

/** Writes a row's scores. @returns the index of its label */
type WriteScores = (out: PlainArray, row: number, at: number) => number;

const multiclassOf = (step: Step, { scores, has }: Sums): WriteScores => {
  const classes = numberOf(step, 'targets');
  const post = textOf(step, 'post');
  const base = floatsOf(step, 'base');
  const round = roundOf(scores);
  const work = new Float64Array(classes);
  return (out, row, at) => {
    let best = -1;
    let bestScore = 0;
    for (let k = 0; k < classes; k++) {
      const sum = scores[at + k] as number;
      const known = has[at + k] === 1;
      const score = k < base.length ? (known ? round(sum + (base[k] as number)) : (base[k] as number)) : sum;
      work[k] = score;
      if ((known || k < base.length) && (best === -1 || score > bestScore)) {
        best = k;
        bestScore = score;
      }
    }
    if (best === -1) throw new ExecutorRefusal('bad_value', 'no class has a score');
    transformRow(post, work, classes);
    for (let k = 0; k < classes; k++) out[row * classes + k] = work[k] as number;
    return best;
  };
};

const binaryOf = (step: Step, { scores, has }: Sums): WriteScores => {
  const post = textOf(step, 'post');
  const base = floatsOf(step, 'base');
  const isBinaryCase = step.params.binary === true;
  const isPositive = step.params.positive === true;
  const round = roundOf(scores);
  const work = new Float64Array(2);
  return (out, row, at) => {
    let zero = scores[at] as number;
    let one = scores[at + 1] as number;
    let hasOne = has[at + 1] === 1;
    let single = false;
    if (base.length === 2) {
      if (hasOne) {
        one = round((base[1] as number) + zero);
        zero = -one;
      } else {
        zero = round(zero + (base[0] as number));
      }
    } else {
      if (base.length === 1) zero = round(zero + (base[0] as number));
      single = !hasOne;
    }
    const weight = hasOne ? one : has[at] === 1 ? zero : 0;
    hasOne = weight > (isBinaryCase && isPositive ? 0.5 : 0);
    if (single) writeSingle(work, zero, post, isBinaryCase && isPositive ? round(1 - zero) : undefined);
    else {
      work[0] = zero;
      work[1] = one;
      transformRow(post, work, 2);
    }
    out[2 * row] = work[0] as number;
    out[2 * row + 1] = work[1] as number;
    return hasOne ? 1 : 0;
  };
};

/** Two scores from that of one class. @param complement - where the scores are shares of 1 */
const writeSingle = (work: Float64Array, score: number, post: string, complement: number | undefined): void => {
  if (post === 'LOGISTIC') {
    work[0] = logistic(-score);
    work[1] = logistic(score);
  } else if (complement !== undefined) {
    work[0] = complement;
    work[1] = score;
  } else {
    work[0] = -score;
    work[1] = score;
  }
};

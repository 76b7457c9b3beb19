// Weights of the leaves that a row came to, brought together for each target.
import { floatsOf, integersOf, numberOf, textOf } from '../kernel.ts';
import type { FloatArray, Step } from '../plan.ts';

export interface Sums {
  /** [block × targets]; float32 where the thresholds are, and rounded as such by being stored. */
  readonly scores: FloatArray;
  /** [block × targets], 1 where any leaf had a weight for it. */
  readonly has: Uint8Array;
  clear(rows: number): void;
  /** Of the block's first row. @param leaves - one for each tree */
  addTrees(leaves: Int32Array, treeCount: number): void;
  /** Of one tree. @param leaves - one for each row of the block */
  addRows(leaves: Int32Array, rows: number): void;
}

/**
 * @param step - `targets`, `aggregate`, `weights` and, but for one target, `leafStarts` [leaves + 1] into `weights` and
 *   into `leafTargets`. With one target `weights` has one for each leaf.
 */
export const sumsOf = (step: Step, block: number): Sums => {
  const targets = numberOf(step, 'targets');
  const aggregate = textOf(step, 'aggregate');
  const weights = floatsOf(step, 'weights');
  const scores =
    weights instanceof Float32Array ? new Float32Array(block * targets) : new Float64Array(block * targets);
  const has = new Uint8Array(block * targets);
  const clear = (rows: number) => {
    scores.fill(0, 0, rows * targets);
    has.fill(0, 0, rows * targets);
  };
  const base = { scores, has, clear };
  const picks = aggregate === 'MIN' || aggregate === 'MAX';
  if (targets === 1) return { ...base, ...(picks ? pickSingle(base, weights, aggregate) : addSingle(base, weights)) };
  const starts = integersOf(step, 'leafStarts');
  const leafTargets = integersOf(step, 'leafTargets');
  const one = picks
    ? pickMany(base, weights, starts, leafTargets, aggregate)
    : addMany(base, weights, starts, leafTargets);
  return {
    ...base,
    addTrees: (leaves, treeCount) => {
      for (let tree = 0; tree < treeCount; tree++) one(leaves[tree] as number, 0);
    },
    addRows: (leaves, rows) => {
      for (let row = 0, at = 0; row < rows; row++, at += targets) one(leaves[row] as number, at);
    },
  };
};

type Base = Pick<Sums, 'scores' | 'has'>;

const addSingle = ({ scores, has }: Base, weights: FloatArray): Pick<Sums, 'addTrees' | 'addRows'> => ({
  addTrees:
    weights instanceof Float32Array ? addTreesFloat(scores, has, weights) : addTreesDouble(scores, has, weights),
  addRows: (leaves, rows) => {
    for (let row = 0; row < rows; row++) {
      scores[row] = (scores[row] as number) + (weights[leaves[row] as number] as number);
      has[row] = 1;
    }
  },
});

const addTreesFloat =
  (scores: FloatArray, has: Uint8Array, weights: FloatArray) => (leaves: Int32Array, count: number) => {
    let sum = 0;
    for (let tree = 0; tree < count; tree++) sum = Math.fround(sum + (weights[leaves[tree] as number] as number));
    scores[0] = sum;
    has[0] = 1;
  };

const addTreesDouble =
  (scores: FloatArray, has: Uint8Array, weights: FloatArray) => (leaves: Int32Array, count: number) => {
    let sum = 0;
    for (let tree = 0; tree < count; tree++) sum += weights[leaves[tree] as number] as number;
    scores[0] = sum;
    has[0] = 1;
  };

const pickSingle = (
  { scores, has }: Base,
  weights: FloatArray,
  aggregate: string,
): Pick<Sums, 'addTrees' | 'addRows'> => {
  const sign = aggregate === 'MIN' ? 1 : -1;
  const one = (weight: number, at: number) => {
    if (has[at] === 1 && !(sign * weight < sign * (scores[at] as number))) return;
    scores[at] = weight;
    has[at] = 1;
  };
  return {
    addTrees: (leaves, count) => {
      for (let tree = 0; tree < count; tree++) one(weights[leaves[tree] as number] as number, 0);
    },
    addRows: (leaves, rows) => {
      for (let row = 0; row < rows; row++) one(weights[leaves[row] as number] as number, row);
    },
  };
};

const addMany =
  ({ scores, has }: Base, weights: FloatArray, starts: Int32Array, leafTargets: Int32Array) =>
  (leaf: number, at: number) => {
    const end = starts[leaf + 1] as number;
    for (let index = starts[leaf] as number; index < end; index++) {
      const target = at + (leafTargets[index] as number);
      scores[target] = (scores[target] as number) + (weights[index] as number);
      has[target] = 1;
    }
  };

const pickMany = (
  { scores, has }: Base,
  weights: FloatArray,
  starts: Int32Array,
  leafTargets: Int32Array,
  aggregate: string,
) => {
  const sign = aggregate === 'MIN' ? 1 : -1;
  return (leaf: number, at: number) => {
    const end = starts[leaf + 1] as number;
    for (let index = starts[leaf] as number; index < end; index++) {
      const target = at + (leafTargets[index] as number);
      const weight = weights[index] as number;
      if (has[target] === 1 && !(sign * weight < sign * (scores[target] as number))) continue;
      scores[target] = weight;
      has[target] = 1;
    }
  };
};

// A forest of decision trees: TreeEnsembleRegressor, TreeEnsembleClassifier and TreeEnsemble, equal to onnxruntime to the
// bit: weights are summed tree after tree in the type of the thresholds, rounded after every sum.
//
//   row ──questions──► codes ──walk──► leaf of each tree ──sums──► score of each target ──scores──► answer
import { ExecutorRefusal } from '../executor-refusal.ts';
import { inputOf, integersOf, type Kernel, numberOf, outputOf, plainAt, textOf } from '../kernel.ts';
import { type BufferData, type PlainArray, type Step, sizeAt } from '../plan.ts';
import { type ForestArena, openForestArena } from './forest-arena.ts';
import { questionsOf, setQuestions } from './forest-questions.ts';
import { finishOf } from './forest-scores.ts';
import { sumsOf } from './forest-sums.ts';
import { walkFilled, walkFilledRows, walkGrown, walkGrownRows } from './forest-walk.ts';

/** Rows walked together: their codes and sums stay in the nearest cache. */
const BLOCK = 64;

interface Walks {
  /** Of one row: the leaf of every tree. */
  readonly trees: (codes: Int32Array, leaves: Int32Array) => void;
  /** Of one tree: the leaf of every row. */
  readonly rows: (tree: number, codes: Int32Array, rows: number, leaves: Int32Array) => void;
}

const walksOf = (step: Step, treeCount: number, slots: number): Walks => {
  const keys = integersOf(step, 'keys');
  if (textOf(step, 'layout') === 'filled') {
    const depth = numberOf(step, 'depth');
    return {
      trees: (codes, leaves) => walkFilled(keys, depth, treeCount, codes, leaves),
      rows: (tree, codes, rows, leaves) => walkFilledRows(keys, depth, tree, codes, slots, rows, leaves),
    };
  }
  const children = integersOf(step, 'children');
  const roots = integersOf(step, 'roots');
  const firstLeaf = numberOf(step, 'firstLeaf');
  // Were a child not higher than its parent, a walk might have no end.
  for (let node = 0; node < firstLeaf; node++) {
    if ((children[2 * node] as number) <= node || (children[2 * node + 1] as number) <= node) {
      throw new ExecutorRefusal('bad_form', `a tree's node ${node} must have children after it`);
    }
  }
  return {
    trees: (codes, leaves) => walkGrown(keys, children, roots, firstLeaf, codes, leaves),
    rows: (tree, codes, rows, leaves) =>
      walkGrownRows(keys, children, roots[tree] as number, firstLeaf, codes, slots, rows, leaves),
  };
};

export const forest: Kernel = (step, buffers) => {
  const input = inputOf(step, 0);
  const outputs = step.out.map((_, index) => outputOf(step, index));
  const count = numberOf(step, 'rows');
  const arena = openForestArena(step);
  const run = arena ? rowByRow(step, arena) : blockByBlock(step);
  return (batch) =>
    run(
      plainAt(buffers, input),
      sizeAt(count, batch),
      outputs.map((index) => buffers[index]),
    );
};

/** @param x - [rows × columns] @param answers - the step's output buffers */
type Run = (x: PlainArray, rows: number, answers: readonly (BufferData | undefined)[]) => void;

const rowByRow = (step: Step, { codes, leaves, ask, walk, sum }: ForestArena): Run => {
  const columns = numberOf(step, 'columns');
  const treeCount = numberOf(step, 'treeCount');
  const askSets = setQuestions(step);
  const sums = sumsOf(step, 1);
  const finish = finishOf(step, sums);
  return (x, rows, answers) => {
    for (let row = 0; row < rows; row++) {
      ask(x, row * columns);
      askSets?.(x, row * columns, codes, 0);
      walk();
      if (sum) {
        sums.scores[0] = sum();
        sums.has[0] = 1;
      } else {
        sums.clear(1);
        sums.addTrees(leaves, treeCount);
      }
      finish(answers, row, 0);
    }
  };
};

const blockByBlock = (step: Step): Run => {
  const columns = numberOf(step, 'columns');
  const slots = numberOf(step, 'slotCount');
  const treeCount = numberOf(step, 'treeCount');
  const targets = numberOf(step, 'targets');
  const ask = questionsOf(step);
  const walks = walksOf(step, treeCount, slots);
  const sums = sumsOf(step, BLOCK);
  const finish = finishOf(step, sums);
  const codes = new Int32Array(BLOCK * slots);
  const leaves = new Int32Array(Math.max(BLOCK, treeCount));

  const runBlock = (x: PlainArray, first: number, rows: number): void => {
    sums.clear(rows);
    for (let row = 0; row < rows; row++) ask(x, (first + row) * columns, codes, row * slots);
    if (rows === 1) {
      walks.trees(codes, leaves);
      sums.addTrees(leaves, treeCount);
      return;
    }
    for (let tree = 0; tree < treeCount; tree++) {
      walks.rows(tree, codes, rows, leaves);
      sums.addRows(leaves, rows);
    }
  };

  return (x, rows, answers) => {
    for (let first = 0; first < rows; first += BLOCK) {
      const blockRows = Math.min(BLOCK, rows - first);
      runBlock(x, first, blockRows);
      for (let row = 0; row < blockRows; row++) finish(answers, first + row, row * targets);
    }
  };
};

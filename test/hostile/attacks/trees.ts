// Tree ensembles whose arrays do not make trees.
import { type Attack, attacksOf, type HostileCall } from '../attack.ts';
import { type Attribute, attr, modelOf, node } from '../graph-writer.ts';

interface Trees {
  readonly treeIds: readonly number[];
  readonly nodeIds: readonly number[];
  readonly features: readonly number[];
  readonly modes: readonly string[];
  readonly whenTrue: readonly number[];
  readonly whenFalse: readonly number[];
  readonly leafNodes: readonly number[];
  readonly leafTargets: readonly number[];
}

/** One split with two leaves. */
const stump: Trees = {
  treeIds: [0, 0, 0],
  nodeIds: [0, 1, 2],
  features: [0, 0, 0],
  modes: ['BRANCH_LEQ', 'LEAF', 'LEAF'],
  whenTrue: [1, 0, 0],
  whenFalse: [2, 0, 0],
  leafNodes: [1, 2],
  leafTargets: [0, 0],
};

const attributes = (trees: Trees): Attribute[] => [
  attr.ints('nodes_treeids', trees.treeIds),
  attr.ints('nodes_nodeids', trees.nodeIds),
  attr.ints('nodes_featureids', trees.features),
  attr.floats('nodes_values', new Array<number>(trees.nodeIds.length).fill(0.5)),
  attr.texts('nodes_modes', trees.modes),
  attr.ints('nodes_truenodeids', trees.whenTrue),
  attr.ints('nodes_falsenodeids', trees.whenFalse),
  attr.ints(
    'target_treeids',
    trees.leafNodes.map(() => 0),
  ),
  attr.ints('target_nodeids', trees.leafNodes),
  attr.ints('target_ids', trees.leafTargets),
  attr.floats(
    'target_weights',
    trees.leafNodes.map((_, index) => index + 1),
  ),
  attr.int('n_targets', 1),
];

const forest =
  (change: Partial<Trees>, ...more: readonly Attribute[]) =>
  () =>
    modelOf({
      nodes: [
        node('TreeEnsembleRegressor', ['x'], ['y'], [...attributes({ ...stump, ...change }), ...more], 'ai.onnx.ml'),
      ],
    });

const rules = ['load_failed', 'run_failed'] as const;
const row = (data: readonly number[]): HostileCall => ({
  why: `features ${data.join(', ')}`,
  inputs: [{ name: 'x', datatype: 'FP32', shape: [1, data.length], data }],
  ends: ['answered', 'model_failed'],
});

const branches = ['BRANCH_LEQ', 'BRANCH_LEQ', 'BRANCH_LEQ'];

export const trees: readonly Attack[] = attacksOf('trees', [
  {
    name: 'tree-self',
    why: 'a node that is its own child',
    make: forest({ whenTrue: [0, 0, 0], whenFalse: [0, 0, 0] }),
    rules,
  },
  {
    name: 'tree-circle',
    why: 'nodes in a circle',
    make: forest({ modes: branches, whenTrue: [1, 2, 0], whenFalse: [2, 0, 1] }),
    rules,
  },
  {
    name: 'tree-no-root',
    why: 'a circle that no root leads to',
    make: forest({ modes: ['LEAF', ...branches.slice(1)], whenTrue: [0, 2, 1], whenFalse: [0, 2, 1] }),
    calls: [row([0, 1])],
  },
  { name: 'tree-child-missing', why: 'a child that is not there', make: forest({ whenTrue: [77, 0, 0] }), rules },
  { name: 'tree-child-negative', why: 'a child of a negative number', make: forest({ whenTrue: [-1, 0, 0] }), rules },
  { name: 'tree-child-giant', why: 'a child of number 2^40', make: forest({ whenTrue: [2 ** 40, 0, 0] }), rules },
  {
    name: 'tree-two-parents',
    why: 'a leaf of two branches',
    make: forest({ whenFalse: [1, 0, 0] }),
    calls: [row([0, 1]), row([1, 0])],
  },
  { name: 'tree-arrays-differ', why: 'arrays of different lengths', make: forest({ features: [0] }), rules },
  {
    name: 'tree-no-arrays',
    why: 'arrays without entries',
    make: forest({ treeIds: [], nodeIds: [], features: [], modes: [], whenTrue: [], whenFalse: [] }),
    rules,
  },
  { name: 'tree-target-outside', why: 'a leaf for target 5 of 1', make: forest({ leafTargets: [0, 5] }), rules },
  { name: 'tree-target-negative', why: 'a leaf for target -9', make: forest({ leafTargets: [0, -9] }), rules },
  {
    name: 'tree-leaf-missing',
    why: 'a weight of a leaf that is not there',
    make: forest({ leafNodes: [1, 99] }),
    rules,
  },
  {
    name: 'tree-mode',
    why: 'a branch of a kind that is none',
    make: forest({ modes: ['BRANCH_XOR', 'LEAF', 'LEAF'] }),
    rules,
  },
  { name: 'tree-node-twice', why: 'two nodes of one number', make: forest({ nodeIds: [0, 1, 1] }), rules },
  {
    name: 'tree-feature-outside',
    why: 'a split by feature 1 000 000 of two',
    make: forest({ features: [1_000_000, 0, 0] }),
    rules,
  },
  { name: 'tree-feature-negative', why: 'a split by feature -4096', make: forest({ features: [-4096, 0, 0] }), rules },
  {
    name: 'tree-deep',
    why: 'a tree of 200 000 levels, one node each',
    make: () => {
      const count = 200_001;
      const all = (of: (index: number) => number) => Array.from({ length: count }, (_, index) => of(index));
      const isLeaf = (index: number) => index % 2 === 1 || index === count - 1;
      return forest({
        treeIds: all(() => 0),
        nodeIds: all((index) => index),
        features: all(() => 0),
        modes: Array.from({ length: count }, (_, index) => (isLeaf(index) ? 'LEAF' : 'BRANCH_LEQ')),
        whenTrue: all((index) => (isLeaf(index) ? 0 : index + 2)),
        whenFalse: all((index) => (isLeaf(index) ? 0 : index + 1)),
        leafNodes: [1],
        leafTargets: [0],
      })();
    },
    rules: ['load_failed', 'crashed', 'timed_out', 'out_of_memory'],
  },
  {
    name: 'tree-good',
    why: 'a forest of one honest split, for comparison',
    make: forest({}),
    calls: [row([0, 1]), row([1, 0])],
  },
]);

// The trees of TreeEnsemble (ai.onnx.ml 5): branches and leaves apart, each named by its index.
import { executorBounds } from '../executor-bounds.ts';
import type { GraphNode } from './graph-node.ts';
import { tensorFloats } from './read-trees-by-node.ts';
import type { Question, TreeNode, TreeSource } from './tree-source.ts';
import { need, Unsupported } from './unsupported.ts';

const questions: readonly Question[] = ['LEQ', 'LT', 'GTE', 'GT', 'EQ', 'NEQ', 'MEMBER'];

export const readTreeEnsemble = (node: GraphNode, double: boolean): TreeSource => {
  const targets = node.int('n_targets', 0);
  need(targets > 0, `${node.op}: ${targets} targets`);
  const features = node.ints('nodes_featureids') ?? [];
  const count = features.length;
  const lists = {
    splits: tensorFloats(node, 'nodes_splits', double) ?? [],
    modes: modesOf(node),
    yes: node.ints('nodes_truenodeids') ?? [],
    no: node.ints('nodes_falsenodeids') ?? [],
    yesLeaf: node.ints('nodes_trueleafs') ?? [],
    noLeaf: node.ints('nodes_falseleafs') ?? [],
  };
  for (const [name, { length }] of Object.entries(lists))
    need(length === count, `${node.op}: ${length} ${name} of ${count} nodes`);
  const missing = node.ints('nodes_missing_value_tracks_true') ?? [];
  need(
    missing.length === 0 || missing.length === count,
    `${node.op}: ${missing.length} missing-value tracks of ${count} nodes`,
  );
  const leafTargets = node.ints('leaf_targetids') ?? [];
  const leafWeights = tensorFloats(node, 'leaf_weights', double) ?? [];
  need(leafTargets.length === leafWeights.length, `${node.op}: leaves' weights of unequal number`);
  need(
    count + leafWeights.length <= executorBounds.treeNodes,
    `${node.op}: more than ${executorBounds.treeNodes} nodes`,
  );
  need(
    leafTargets.every((target) => target >= 0 && target < targets),
    `${node.op}: a target beyond ${targets}`,
  );
  const members = membersOf(node, lists.modes, double);
  const branches = lists.modes.map(
    (mode, index): TreeNode => ({
      question: questionOf(node, mode, members[index]),
      feature: features[index] as number,
      threshold: lists.splits[index] as number,
      members: members[index] ?? [],
      missingYes: missing[index] === 1,
      // Leaves come after the branches.
      yes: (lists.yes[index] as number) + (lists.yesLeaf[index] === 0 ? 0 : count),
      no: (lists.no[index] as number) + (lists.noLeaf[index] === 0 ? 0 : count),
    }),
  );
  const leaves = leafWeights.map(
    (weight, index): TreeNode => ({ targets: [leafTargets[index] as number], weights: [weight] }),
  );
  const roots = (node.ints('tree_roots') ?? []).map((root) => {
    need(root >= 0 && root < count, `${node.op}: a root that is missing`);
    const isLeaf = lists.yes[root] === lists.no[root] && lists.yesLeaf[root] !== 0 && lists.noLeaf[root] !== 0;
    // A tree that is but one leaf; the runtime takes the leaf with the root's number.
    return isLeaf ? count + root : root;
  });
  need(roots.length > 0, `${node.op}: no trees`);
  for (const branch of branches) {
    if (!('yes' in branch)) continue;
    need(branch.yes >= 0 && branch.no >= 0, `${node.op}: a child below 0`);
  }
  return { double, nodes: [...branches, ...leaves], roots, targets };
};

const modesOf = (node: GraphNode): Question[] => {
  const tensor = node.tensor('nodes_modes');
  need(tensor, `${node.op}: no modes`);
  // uint8: in raw bytes, or as int32.
  const codes = tensor.rawData.length > 0 ? Array.from(tensor.rawData) : tensor.int32Data;
  need(tensor.dataType === 2 && tensor.dims.length === 1, `${node.op}: modes must be a list of uint8`);
  return codes.map((code) => {
    const question = questions[code];
    if (!question) throw new Unsupported(`${node.op}: mode ${code}`);
    return question;
  });
};

/**
 * Of sets that do not fit into 31 bits the runtime keeps whole numbers, and asks for values without their fraction.
 */
const questionOf = (node: GraphNode, mode: Question, members: readonly number[] | undefined): Question => {
  if (!members) return mode;
  const isSmall = members.length < 31 && members.every((value) => value >= 0 && value <= 30);
  if (isSmall) return 'MEMBER';
  const isWhole = members.every((value) => Number.isInteger(value) && Math.abs(value) < 2 ** 31);
  need(isWhole, `${node.op}: membership of a large set of fractions`);
  return 'WHOLE_MEMBER';
};

/** The values of each node that asks for membership: they follow one another in one list, a NaN between. */
const membersOf = (node: GraphNode, modes: readonly Question[], double: boolean): (readonly number[] | undefined)[] => {
  const tensor = node.tensor('membership_values');
  const values = tensor ? (tensorFloats(node, 'membership_values', double) ?? []) : [];
  let at = 0;
  return modes.map((mode) => {
    if (mode !== 'MEMBER') return undefined;
    const start = at;
    while (at < values.length && !Number.isNaN(values[at])) at++;
    const members = values.slice(start, at);
    at++;
    need(members.length > 0, `${node.op}: membership of an empty set`);
    return members;
  });
};

// From a forest's nodes to the arrays its kernel walks: questions made codes and ranks, trees laid out.
import { executorBounds } from '../executor-bounds.ts';
import { FORESTS_SLOT_BITS } from '../forest-form.ts';
import type { Parameter } from '../plan.ts';
import { ForestQuestions } from './forest-questions.ts';
import { mergeEqualities } from './merge-equalities.ts';
import { isLeaf, type LeafNode, type TreeSource } from './tree-source.ts';
import { need, Unsupported } from './unsupported.ts';

/** A node as it is walked: left when the code in its slot is at most its rank. */
export interface Placed {
  readonly key: number;
  readonly left: Placed | Leaf;
  readonly right: Placed | Leaf;
}
export interface Leaf {
  readonly leaf: LeafNode;
}

export interface BuiltForest {
  readonly params: Readonly<Record<string, Parameter>>;
  /** Elementary operations of one row. */
  readonly workPerRow: number;
  readonly highestFeature: number;
}

/** Filled forests may be so much larger than grown ones: their walks are faster. */
const FILLED_GROWTH = 3;
const FILLED_DEPTH = 12;

export const buildForest = (given: TreeSource): BuiltForest => {
  const source = mergeEqualities(given);
  const order = treesInOrder(source);
  const questions = new ForestQuestions(source.double);
  let highestFeature = 0;
  for (const tree of order) {
    for (const index of tree) {
      const node = source.nodes[index];
      if (!node || isLeaf(node)) continue;
      need(node.feature >= 0, 'a tree that asks for a feature below 0');
      highestFeature = Math.max(highestFeature, node.feature);
      questions.ask(node);
    }
  }
  const { params: questionParams, slotCount, setCount } = questions.settle();
  need(slotCount <= executorBounds.forestSlots, `a forest of ${slotCount} different questions`);
  const trees = source.roots.map((root, tree) => place(source, order[tree] ?? [], root, questions));
  const depths = trees.map(depthOf);
  const depth = depths.reduce((most, one) => Math.max(most, one), 0);
  const leafCount = order.reduce((sum, tree) => sum + (tree.length + 1) / 2, 0);
  const isFilled = depth <= FILLED_DEPTH && trees.length * 2 ** depth <= Math.max(1024, FILLED_GROWTH * leafCount);
  const layout = isFilled ? fill(trees, depth) : grow(trees);
  const walked = isFilled ? depth * trees.length : depths.reduce((sum, one) => sum + one, 0);
  return {
    params: {
      ...questionParams,
      ...layout.params,
      ...leafParams(layout.leaves, source),
      slotCount,
      treeCount: trees.length,
      targets: source.targets,
    },
    workPerRow: walked * 2 + slotCount * 20 + setCount + trees.length * source.targets,
    highestFeature,
  };
};

/**
 * The nodes of each tree, parents before children.
 * @throws Unsupported when a node is reached twice (no tree), a child is missing, or it is deeper or larger than allowed
 */
const treesInOrder = ({ nodes, roots }: TreeSource): number[][] => {
  const seen = new Uint8Array(nodes.length);
  let total = 0;
  return roots.map((root) => {
    const order: number[] = [];
    const depths: number[] = [];
    const waiting: [node: number, depth: number][] = [[root, 0]];
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const [index, depth] = next;
      const node = nodes[index];
      need(node, `a tree whose node ${index} is missing`);
      need(isLeaf(node) || seen[index] === 0, 'a tree of which two nodes share a child');
      need(depth <= executorBounds.treeDepth, `a tree deeper than ${executorBounds.treeDepth}`);
      seen[index] = 1;
      order.push(index);
      depths.push(depth);
      total++;
      need(total <= executorBounds.treeNodes, `trees of more than ${executorBounds.treeNodes} nodes`);
      if (!isLeaf(node)) waiting.push([node.no, depth + 1], [node.yes, depth + 1]);
    }
    return order;
  });
};

const place = (
  source: TreeSource,
  order: readonly number[],
  root: number,
  questions: ForestQuestions,
): Placed | Leaf => {
  const placed = new Map<number, Placed | Leaf>();
  for (let at = order.length - 1; at >= 0; at--) {
    const index = order[at] as number;
    const node = source.nodes[index];
    if (!node) continue;
    if (isLeaf(node)) {
      placed.set(index, { leaf: node });
      continue;
    }
    const { slot, rank, swapped } = questions.answer(node);
    const yes = placed.get(node.yes);
    const no = placed.get(node.no);
    if (!yes || !no) throw new Unsupported('a tree whose nodes come round to themselves');
    const key = (rank << FORESTS_SLOT_BITS) | slot;
    placed.set(index, { key, left: swapped ? no : yes, right: swapped ? yes : no });
  }
  const tree = placed.get(root);
  if (!tree) throw new Unsupported('a tree without a root');
  return tree;
};

const isPlacedLeaf = (node: Placed | Leaf): node is Leaf => 'leaf' in node;

const depthOf = (tree: Placed | Leaf): number => {
  let deepest = 0;
  const waiting: [Placed | Leaf, number][] = [[tree, 0]];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [node, depth] = next;
    if (isPlacedLeaf(node)) deepest = Math.max(deepest, depth);
    else waiting.push([node.left, depth + 1], [node.right, depth + 1]);
  }
  return deepest;
};

interface Layout {
  readonly params: Readonly<Record<string, Parameter>>;
  readonly leaves: readonly LeafNode[];
}

const fill = (trees: readonly (Placed | Leaf)[], depth: number): Layout => {
  const nodeCount = 2 ** depth - 1;
  const leafCount = 2 ** depth;
  const keys = new Int32Array(trees.length * nodeCount);
  const leaves = new Array<LeafNode>(trees.length * leafCount);
  for (const [tree, root] of trees.entries()) {
    const waiting: [Placed | Leaf, number][] = [[root, 0]];
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const [node, at] = next;
      if (at >= nodeCount) {
        if (isPlacedLeaf(node)) leaves[tree * leafCount + at - nodeCount] = node.leaf;
        continue;
      }
      // Below a leaf that ends early, both ways lead to it.
      if (!isPlacedLeaf(node)) keys[tree * nodeCount + at] = node.key;
      waiting.push([isPlacedLeaf(node) ? node : node.left, 2 * at + 1]);
      waiting.push([isPlacedLeaf(node) ? node : node.right, 2 * at + 2]);
    }
  }
  return { params: { layout: 'filled', depth, keys }, leaves };
};

const grow = (trees: readonly (Placed | Leaf)[]): Layout => {
  const branches: Placed[] = [];
  const leaves: LeafNode[] = [];
  // Branches are numbered in the order of a walk that goes left first; leaves are −1, −2 … until their number is known.
  const numbers = new Map<Placed | Leaf, number>();
  for (const root of trees) {
    const waiting: (Placed | Leaf)[] = [root];
    for (let node = waiting.pop(); node; node = waiting.pop()) {
      if (isPlacedLeaf(node)) {
        leaves.push(node.leaf);
        numbers.set(node, -leaves.length);
        continue;
      }
      numbers.set(node, branches.length);
      branches.push(node);
      waiting.push(node.right, node.left);
    }
  }
  const firstLeaf = branches.length;
  const numberOf = (node: Placed | Leaf): number => {
    const number = numbers.get(node) as number;
    return number < 0 ? firstLeaf - number - 1 : number;
  };
  const keys = new Int32Array(firstLeaf + leaves.length);
  const children = new Int32Array(2 * keys.length);
  for (const [index, { key, left, right }] of branches.entries()) {
    keys[index] = key;
    children[2 * index] = numberOf(left);
    children[2 * index + 1] = numberOf(right);
  }
  for (let index = firstLeaf; index < keys.length; index++) children.fill(index, 2 * index, 2 * index + 2);
  const roots = Int32Array.from(trees, numberOf);
  return { params: { layout: 'grown', keys, children, roots, firstLeaf }, leaves };
};

const leafParams = (leaves: readonly LeafNode[], { targets, double }: TreeSource): Record<string, Parameter> => {
  const floats = double ? Float64Array : Float32Array;
  if (targets === 1) {
    return {
      weights: floats.from(
        leaves.map(({ weights }) => {
          const [weight] = weights;
          if (weight === undefined) throw new Unsupported('a leaf without a weight');
          return weight;
        }),
      ),
    };
  }
  const leafStarts = new Int32Array(leaves.length + 1);
  for (const [index, { weights }] of leaves.entries())
    leafStarts[index + 1] = (leafStarts[index] as number) + weights.length;
  return {
    leafStarts,
    leafTargets: Int32Array.from(leaves.flatMap(({ targets: ids }) => ids)),
    weights: floats.from(leaves.flatMap(({ weights }) => weights)),
  };
};

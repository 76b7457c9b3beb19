// The trees of TreeEnsembleRegressor and TreeEnsembleClassifier: nodes named by tree and number.

import { tensorElements } from '../../onnx/tensor-elements.ts';
import { executorBounds } from '../executor-bounds.ts';
import type { GraphNode } from './graph-node.ts';
import type { LeafNode, Question, TreeNode, TreeSource } from './tree-source.ts';
import { need, Unsupported } from './unsupported.ts';

const questions: Readonly<Record<string, Question>> = {
  BRANCH_LEQ: 'LEQ',
  BRANCH_LT: 'LT',
  BRANCH_GTE: 'GTE',
  BRANCH_GT: 'GT',
  BRANCH_EQ: 'EQ',
  BRANCH_NEQ: 'NEQ',
};

/** An attribute of floats, or its `_as_tensor` twin. @returns undefined when there is neither */
export const floatsIn = (node: GraphNode, name: string, double: boolean): number[] | undefined => {
  const plain = node.floats(name);
  const tensor = node.tensor(`${name}_as_tensor`);
  if (!tensor) return plain;
  need(!plain || plain.length === 0, `${node.op}: both ${name} and ${name}_as_tensor`);
  return tensorFloats(node, `${name}_as_tensor`, double);
};

export const tensorFloats = (node: GraphNode, name: string, double: boolean): number[] | undefined => {
  const tensor = node.tensor(name);
  if (!tensor) return undefined;
  const elements = tensorElements(tensor, executorBounds.constantElements);
  const wanted = double ? 'FP64' : 'FP32';
  need(elements?.datatype === wanted && elements.dims.length === 1, `${node.op}: ${name} must be a list of ${wanted}`);
  return Array.from(elements.data as Float64Array);
};

interface Arrays {
  readonly trees: readonly number[];
  readonly ids: readonly number[];
  readonly features: readonly number[];
  readonly values: readonly number[];
  readonly modes: readonly string[];
  readonly yes: readonly number[];
  readonly no: readonly number[];
  readonly missing: readonly number[];
}

interface Wanted {
  readonly double: boolean;
  /** Of the attributes that hold leaves' weights. */
  readonly prefix: 'target' | 'class';
  readonly targets: number;
}

/** @throws Unsupported also for what the runtime refuses: children that are missing, leaves without weights */
export const readTreesByNode = (node: GraphNode, { double, prefix, targets }: Wanted): TreeSource => {
  need(targets > 0, `${node.op}: ${targets} targets`);
  const arrays = readArrays(node, double);
  const { trees, ids, modes } = arrays;
  const places = new Map<number, number>();
  const roots: number[] = [];
  const begun = new Set<number>();
  for (let index = 0; index < trees.length; index++) {
    const tree = trees[index] as number;
    if (index === 0 || tree !== trees[index - 1]) {
      need(!begun.has(tree), `${node.op}: a tree whose nodes are not together`);
      begun.add(tree);
      roots.push(index);
    }
    const place = placeOf(node, tree, ids[index] as number);
    need(!places.has(place), `${node.op}: a node that is there twice`);
    places.set(place, index);
  }
  const leaves = readLeaves(node, prefix, double, targets, places);
  const childOf = (index: number, id: number): number => {
    const child = places.get(placeOf(node, trees[index] as number, id));
    need(child !== undefined && id < trees.length, `${node.op}: a node whose child is missing`);
    return child;
  };
  const nodes = modes.map((mode, index): TreeNode => {
    if (mode === 'LEAF') {
      const leaf = leaves.get(index);
      need(leaf, `${node.op}: a leaf without weights`);
      return leaf;
    }
    const question = questions[mode];
    if (!question) throw new Unsupported(`${node.op}: mode '${mode}'`);
    return {
      question,
      feature: arrays.features[index] as number,
      threshold: arrays.values[index] as number,
      members: [],
      missingYes: arrays.missing[index] === 1,
      yes: childOf(index, arrays.yes[index] as number),
      no: childOf(index, arrays.no[index] as number),
    };
  });
  return { double, nodes, roots, targets };
};

const MOST_IDS = 67_108_864;

const placeOf = (node: GraphNode, tree: number, id: number): number => {
  need(tree >= 0 && tree < MOST_IDS && id >= 0 && id < MOST_IDS, `${node.op}: node ${id} of tree ${tree}`);
  return tree * MOST_IDS + id;
};

const readArrays = (node: GraphNode, double: boolean): Arrays => {
  const arrays: Arrays = {
    trees: node.ints('nodes_treeids') ?? [],
    ids: node.ints('nodes_nodeids') ?? [],
    features: node.ints('nodes_featureids') ?? [],
    values: floatsIn(node, 'nodes_values', double) ?? [],
    modes: node.texts('nodes_modes') ?? [],
    yes: node.ints('nodes_truenodeids') ?? [],
    no: node.ints('nodes_falsenodeids') ?? [],
    missing: node.ints('nodes_missing_value_tracks_true') ?? [],
  };
  const { missing, ...others } = arrays;
  const count = arrays.trees.length;
  need(count > 0, `${node.op}: no nodes`);
  need(count <= executorBounds.treeNodes, `${node.op}: more than ${executorBounds.treeNodes} nodes`);
  for (const [name, { length }] of Object.entries(others))
    need(length === count, `${node.op}: ${length} ${name} of ${count} nodes`);
  need(
    missing.length === 0 || missing.length === count,
    `${node.op}: ${missing.length} missing-value tracks of ${count} nodes`,
  );
  return arrays;
};

const readLeaves = (
  node: GraphNode,
  prefix: string,
  double: boolean,
  targets: number,
  places: ReadonlyMap<number, number>,
): Map<number, LeafNode> => {
  const trees = node.ints(`${prefix}_treeids`) ?? [];
  const ids = node.ints(`${prefix}_nodeids`) ?? [];
  const leafTargets = node.ints(`${prefix}_ids`) ?? [];
  const weights = floatsIn(node, `${prefix}_weights`, double) ?? [];
  const count = trees.length;
  need(
    ids.length === count && leafTargets.length === count && weights.length === count,
    `${node.op}: weights of unequal number`,
  );
  const leaves = new Map<number, { targets: number[]; weights: number[] }>();
  for (let index = 0; index < count; index++) {
    const place = places.get(placeOf(node, trees[index] as number, ids[index] as number));
    need(place !== undefined, `${node.op}: a weight of a node that is missing`);
    const target = leafTargets[index] as number;
    need(target >= 0 && target < targets, `${node.op}: target ${target} of ${targets}`);
    const leaf = leaves.get(place) ?? { targets: [], weights: [] };
    leaves.set(place, leaf);
    leaf.targets.push(target);
    leaf.weights.push(weights[index] as number);
  }
  return leaves;
};

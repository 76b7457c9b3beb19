// A small forest of trees of unequal depth, built here and compiled.
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { compileModel } from '../../../../lambdas/shared/executor/compile/compile-model.ts';
import type { ExecutorTensor } from '../../../../lambdas/shared/executor/executor-tensor.ts';
import { seededRandom } from '../../../../lambdas/shared/numeric/seeded-random.ts';
import {
  type AttributeProtoSchema,
  AttributeProto_AttributeType as Kind,
  ModelProtoSchema,
} from '../../../../lambdas/shared/onnx/generated/onnx-ml_pb.js';

const random = seededRandom(5);
export const COLUMNS = 4;

/** Nodes of one tree, grown to the right so that it is deep and thin. */
const arrays = { trees: [] as number[], ids: [] as number[], features: [] as number[], values: [] as number[] };
const modes: string[] = [];
const yes: number[] = [];
const no: number[] = [];
const leaves = { trees: [] as number[], ids: [] as number[], weights: [] as number[] };

const add = (tree: number, id: number, isLeaf: boolean, children: readonly [number, number]) => {
  arrays.trees.push(tree);
  arrays.ids.push(id);
  arrays.features.push(isLeaf ? 0 : random.below(COLUMNS));
  arrays.values.push(isLeaf ? 0 : Math.fround(random.normal()));
  modes.push(isLeaf ? 'LEAF' : 'BRANCH_LEQ');
  yes.push(isLeaf ? 0 : children[0]);
  no.push(isLeaf ? 0 : children[1]);
  if (!isLeaf) return;
  leaves.trees.push(tree);
  leaves.ids.push(id);
  leaves.weights.push(Math.fround(random.normal()));
};

for (let tree = 0; tree < 6; tree++) {
  const depth = 13 + tree;
  for (let level = 0; level < depth; level++) {
    add(tree, 2 * level, false, [2 * level + 1, 2 * level + 2]);
    add(tree, 2 * level + 1, true, [0, 0]);
  }
  add(tree, 2 * depth, true, [0, 0]);
}

type Attribute = MessageInitShape<typeof AttributeProtoSchema>;

const ints = (name: string, values: readonly number[]): Attribute => ({
  name,
  type: Kind.INTS,
  ints: values.map(BigInt),
});
const floats = (name: string, values: readonly number[]): Attribute => ({
  name,
  type: Kind.FLOATS,
  floats: [...values],
});

const tensorOf = (columns: number) => ({
  value: {
    case: 'tensorType' as const,
    value: {
      elemType: 1,
      shape: {
        dim: [
          { value: { case: 'dimParam' as const, value: 'n' } },
          { value: { case: 'dimValue' as const, value: BigInt(columns) } },
        ],
      },
    },
  },
});

export const forestModel = toBinary(
  ModelProtoSchema,
  create(ModelProtoSchema, {
    irVersion: 10n,
    opsetImport: [
      { domain: '', version: 21n },
      { domain: 'ai.onnx.ml', version: 3n },
    ],
    graph: {
      name: 'forest',
      node: [
        {
          opType: 'TreeEnsembleRegressor',
          domain: 'ai.onnx.ml',
          input: ['x'],
          output: ['y'],
          attribute: [
            { name: 'n_targets', type: Kind.INT, i: 1n },
            ints('nodes_treeids', arrays.trees),
            ints('nodes_nodeids', arrays.ids),
            ints('nodes_featureids', arrays.features),
            floats('nodes_values', arrays.values),
            { name: 'nodes_modes', type: Kind.STRINGS, strings: modes.map((mode) => new TextEncoder().encode(mode)) },
            ints('nodes_truenodeids', yes),
            ints('nodes_falsenodeids', no),
            ints('target_treeids', leaves.trees),
            ints('target_nodeids', leaves.ids),
            ints(
              'target_ids',
              leaves.ids.map(() => 0),
            ),
            floats('target_weights', leaves.weights),
          ],
        },
      ],
      input: [{ name: 'x', type: tensorOf(COLUMNS) }],
      output: [{ name: 'y', type: tensorOf(1) }],
    },
  }),
);

const compiled = compileModel(forestModel);
if (!compiled.supported) throw new Error(compiled.reason);
export const compiledForest: Uint8Array = compiled.bytes;

export const rowsOf = (rows: number): ExecutorTensor => ({
  datatype: 'FP32',
  shape: [rows, COLUMNS],
  data: Float32Array.from({ length: rows * COLUMNS }, () => random.normal()),
});
export const compiledForestRows = rowsOf(3);

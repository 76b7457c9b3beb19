// The models that are measured, made from a seed: the same bytes on every machine.
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  ModelProtoSchema,
  type NodeProtoSchema,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from '../lambdas/shared/onnx/generated/onnx-ml_pb.js';
import { normal, uniform } from './seeded.ts';

export interface BenchModel {
  readonly name: string;
  readonly onnx: Uint8Array;
  /** Floats of one row. */
  readonly width: number;
  readonly outputs: readonly string[];
}

type Node = MessageInitShape<typeof NodeProtoSchema>;
type Tensor = MessageInitShape<typeof TensorProtoSchema>;
type Attribute = MessageInitShape<typeof AttributeProtoSchema>;

const floatValue = (
  name: string,
  dims: readonly (number | string)[],
): MessageInitShape<typeof ValueInfoProtoSchema> => ({
  name,
  type: {
    value: {
      case: 'tensorType',
      value: {
        elemType: DataType.FLOAT,
        shape: {
          dim: dims.map((size) => ({
            value:
              typeof size === 'number'
                ? { case: 'dimValue' as const, value: BigInt(size) }
                : { case: 'dimParam' as const, value: size },
          })),
        },
      },
    },
  },
});

const floats = (name: string, dims: readonly number[], values: Float32Array): Tensor => ({
  name,
  dims: dims.map(BigInt),
  dataType: DataType.FLOAT,
  rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
});

const toModel = (content: {
  readonly nodes: readonly Node[];
  readonly initializers: readonly Tensor[];
  readonly width: number;
  readonly outputWidth: number;
  readonly opsets: Readonly<Record<string, number>>;
}): Uint8Array =>
  toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 10n,
      opsetImport: Object.entries(content.opsets).map(([domain, version]) => ({ domain, version: BigInt(version) })),
      graph: {
        name: 'bench',
        node: [...content.nodes],
        initializer: [...content.initializers],
        input: [floatValue('x', ['n', content.width])],
        output: [floatValue('y', ['n', content.outputWidth])],
      },
    }),
  );

/** Dense layers with ReLU between and softmax at the end. @param sizes - of the layers, input first */
export const mlp = (name: string, sizes: readonly number[], seed: number): BenchModel => {
  const draw = normal(seed);
  const nodes: Node[] = [];
  const initializers: Tensor[] = [];
  let from = 'x';
  for (let layer = 0; layer + 1 < sizes.length; layer++) {
    const [rows = 0, columns = 0] = sizes.slice(layer, layer + 2);
    const scale = 1 / Math.sqrt(rows);
    const weights = Float32Array.from({ length: rows * columns }, () => draw() * scale);
    const bias = Float32Array.from({ length: columns }, () => draw() * 0.1);
    initializers.push(floats(`w${layer}`, [rows, columns], weights), floats(`b${layer}`, [columns], bias));
    nodes.push({ opType: 'Gemm', input: [from, `w${layer}`, `b${layer}`], output: [`g${layer}`] });
    const isLast = layer + 2 === sizes.length;
    from = isLast ? `g${layer}` : `r${layer}`;
    if (!isLast) nodes.push({ opType: 'Relu', input: [`g${layer}`], output: [from] });
  }
  nodes.push({ opType: 'Softmax', input: [from], output: ['y'] });
  const [width = 0] = sizes;
  const outputWidth = sizes.at(-1) ?? 0;
  return {
    name,
    onnx: toModel({ nodes, initializers, width, outputWidth, opsets: { '': 21 } }),
    width,
    outputs: ['y'],
  };
};

const ints = (name: string, values: readonly number[]): Attribute => ({
  name,
  type: AttributeType.INTS,
  ints: values.map(BigInt),
});
const floatList = (name: string, values: readonly number[]): Attribute => ({
  name,
  type: AttributeType.FLOATS,
  floats: [...values],
});
const strings = (name: string, values: readonly string[]): Attribute => ({
  name,
  type: AttributeType.STRINGS,
  strings: values.map((value) => Buffer.from(value)),
});

/** A regression forest of full binary trees, as LightGBM's and XGBoost's converters write one (ai.onnx.ml 3). */
export const trees = (
  name: string,
  shape: { treeCount: number; depth: number; width: number },
  seed: number,
): BenchModel => {
  const { treeCount, depth, width } = shape;
  const draw = uniform(seed);
  const perTree = 2 ** (depth + 1) - 1;
  const innerCount = 2 ** depth - 1;
  const node = { tree: [], id: [], feature: [], value: [], mode: [], yes: [], no: [] } as {
    tree: number[];
    id: number[];
    feature: number[];
    value: number[];
    mode: string[];
    yes: number[];
    no: number[];
  };
  const target = { tree: [], id: [], target: [], weight: [] } as {
    tree: number[];
    id: number[];
    target: number[];
    weight: number[];
  };
  for (let tree = 0; tree < treeCount; tree++) {
    for (let id = 0; id < perTree; id++) {
      const isInner = id < innerCount;
      node.tree.push(tree);
      node.id.push(id);
      node.feature.push(isInner ? Math.floor(draw() * width) : 0);
      node.value.push(isInner ? Math.fround(draw() * 2 - 1) : 0);
      node.mode.push(isInner ? 'BRANCH_LEQ' : 'LEAF');
      node.yes.push(isInner ? 2 * id + 1 : 0);
      node.no.push(isInner ? 2 * id + 2 : 0);
      if (isInner) continue;
      target.tree.push(tree);
      target.id.push(id);
      target.target.push(0);
      target.weight.push(Math.fround((draw() - 0.5) / treeCount));
    }
  }
  const attribute = [
    { name: 'n_targets', type: AttributeType.INT, i: 1n },
    ints('nodes_treeids', node.tree),
    ints('nodes_nodeids', node.id),
    ints('nodes_featureids', node.feature),
    floatList('nodes_values', node.value),
    strings('nodes_modes', node.mode),
    ints('nodes_truenodeids', node.yes),
    ints('nodes_falsenodeids', node.no),
    ints('target_treeids', target.tree),
    ints('target_nodeids', target.id),
    ints('target_ids', target.target),
    floatList('target_weights', target.weight),
  ];
  const nodes: Node[] = [
    { opType: 'TreeEnsembleRegressor', domain: 'ai.onnx.ml', input: ['x'], output: ['y'], attribute },
  ];
  const opsets = { '': 21, 'ai.onnx.ml': 3 };
  return { name, onnx: toModel({ nodes, initializers: [], width, outputWidth: 1, opsets }), width, outputs: ['y'] };
};

/** 32-64-64-3. */
export const smallMlp = () => mlp('mlp', [32, 64, 64, 3], 1);
/** 25 M parameters: 100 MB. */
export const largeMlp = () => mlp('mlp25m', [1024, 4096, 4096, 1000], 2);
export const trees100 = () => trees('trees100', { treeCount: 100, depth: 6, width: 30 }, 3);
export const trees500 = () => trees('trees500', { treeCount: 500, depth: 6, width: 30 }, 4);

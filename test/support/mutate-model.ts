// Changes an ONNX model where its meaning lies: attributes, constants, wiring, operators. What comes out is protobuf of
// the right schema and mostly nonsense.
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import type { Random } from '../../lambdas/shared/numeric/seeded-random.ts';
import {
  type AttributeProto,
  type GraphProto,
  ModelProtoSchema,
  type TensorProto,
} from '../../lambdas/shared/onnx/generated/onnx-ml_pb.js';

const smallInt = (random: Random): bigint => BigInt(random.pick([-1, 0, 1, 2, 3, 4, 5, 6, 7, 9, 12, 100, 2 ** 31]));
const oddFloat = (random: Random): number =>
  random.pick([0, -0, 1, -1, 0.5, 1e-45, 3.4e38, Number.NaN, Infinity, -Infinity, random.normal()]);
const encoder = new TextEncoder();
const words = [
  'LEAF',
  'BRANCH_LEQ',
  'BRANCH_EQ',
  'BRANCH_GT',
  'NONE',
  'SOFTMAX',
  'LOGISTIC',
  'SUM',
  'MAX',
  'L2',
  '',
  'a',
];

const at = (list: ArrayLike<unknown>, random: Random): number => random.below(list.length);

const changeAttribute = (attribute: AttributeProto, random: Random): void => {
  if (attribute.ints.length > 0) {
    const index = at(attribute.ints, random);
    const dice = random.uniform();
    if (dice < 0.1) attribute.ints.splice(index, 1);
    else attribute.ints[index] = dice < 0.5 ? (attribute.ints[at(attribute.ints, random)] ?? 0n) : smallInt(random);
  } else if (attribute.floats.length > 0) {
    const index = at(attribute.floats, random);
    if (random.uniform() < 0.1) attribute.floats.splice(index, 1);
    else attribute.floats[index] = oddFloat(random);
  } else if (attribute.strings.length > 0) {
    attribute.strings[at(attribute.strings, random)] = encoder.encode(random.pick(words));
  } else if (attribute.t) {
    changeTensor(attribute.t, random);
  } else if (attribute.s.length > 0) {
    attribute.s = encoder.encode(random.pick(words));
  } else {
    attribute.i = smallInt(random);
    attribute.f = oddFloat(random);
  }
};

const changeTensor = (tensor: TensorProto, random: Random): void => {
  const dice = random.uniform();
  if (dice < 0.2 && tensor.dims.length > 0) tensor.dims[at(tensor.dims, random)] = BigInt(random.below(8));
  else if (dice < 0.3) tensor.dataType = random.pick([1, 6, 7, 9, 11]);
  else if (tensor.rawData.length > 0) tensor.rawData[at(tensor.rawData, random)] = random.below(256);
  else if (tensor.floatData.length > 0) tensor.floatData[at(tensor.floatData, random)] = oddFloat(random);
  else if (tensor.int64Data.length > 0) tensor.int64Data[at(tensor.int64Data, random)] = smallInt(random);
};

const change = (graph: GraphProto, random: Random): void => {
  const node = random.pick(graph.node);
  const other = random.pick(graph.node);
  const dice = random.uniform();
  if (dice < 0.55 && node.attribute.length > 0) changeAttribute(random.pick(node.attribute), random);
  else if (dice < 0.6 && node.attribute.length > 0) node.attribute.splice(at(node.attribute, random), 1);
  else if (dice < 0.75 && graph.initializer.length > 0) changeTensor(random.pick(graph.initializer), random);
  else if (dice < 0.85 && node.input.length > 0) {
    const names = [
      ...graph.input.map(({ name }) => name),
      ...graph.initializer.map(({ name }) => name),
      ...(other === node ? [] : other.output),
    ];
    node.input[at(node.input, random)] = random.pick(names);
  } else if (dice < 0.9) node.opType = other.opType;
  else if (dice < 0.95) {
    const shape = graph.input[0]?.type?.value.value;
    const dims = shape && 'shape' in shape ? shape.shape?.dim : undefined;
    const dim = dims?.[random.below(dims.length)];
    if (dim) dim.value = { case: 'dimValue', value: BigInt(random.below(5)) };
  } else graph.node.splice(at(graph.node, random), graph.node.length > 1 ? 1 : 0);
};

/** One to three changes. */
export const mutateModel = (model: Uint8Array, random: Random): Uint8Array => {
  const message = fromBinary(ModelProtoSchema, model);
  const { graph } = message;
  if (!graph) return model;
  for (let count = 1 + random.below(3); count > 0; count--) change(graph, random);
  return toBinary(ModelProtoSchema, message);
};

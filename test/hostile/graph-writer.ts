// Writes ONNX models that are well-formed protobuf, whatever they do: what is malformed is written byte by byte with
// test/support/onnx-builder.ts.
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type FunctionProtoSchema,
  type GraphProtoSchema,
  ModelProtoSchema,
  type NodeProtoSchema,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from '../../lambdas/shared/onnx/generated/onnx-ml_pb.js';

export type Node = MessageInitShape<typeof NodeProtoSchema>;
export type Attribute = MessageInitShape<typeof AttributeProtoSchema>;
export type Tensor = MessageInitShape<typeof TensorProtoSchema>;
export type Value = MessageInitShape<typeof ValueInfoProtoSchema>;
export type Graph = MessageInitShape<typeof GraphProtoSchema>;
export type FunctionInit = MessageInitShape<typeof FunctionProtoSchema>;

/** TensorProto.DataType. */
export const types = {
  float: 1,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  double: 11,
  complex64: 14,
} as const;
export type TypeName = keyof typeof types;

const encoder = new TextEncoder();
const encode = (text: string) => encoder.encode(text);

export const attr = {
  int: (name: string, i: number | bigint): Attribute => ({ name, type: AttributeType.INT, i: BigInt(i) }),
  ints: (name: string, ints: readonly (number | bigint)[]): Attribute => ({
    name,
    type: AttributeType.INTS,
    ints: ints.map(BigInt),
  }),
  float: (name: string, f: number): Attribute => ({ name, type: AttributeType.FLOAT, f }),
  floats: (name: string, floats: readonly number[]): Attribute => ({
    name,
    type: AttributeType.FLOATS,
    floats: [...floats],
  }),
  text: (name: string, text: string): Attribute => ({ name, type: AttributeType.STRING, s: encode(text) }),
  texts: (name: string, texts: readonly string[]): Attribute => ({
    name,
    type: AttributeType.STRINGS,
    strings: texts.map(encode),
  }),
  tensor: (name: string, t: Tensor): Attribute => ({ name, type: AttributeType.TENSOR, t }),
  /** In a function: what its caller calls `refAttrName`. */
  fromCaller: (name: string, refAttrName: string): Attribute => ({ name, type: AttributeType.STRING, refAttrName }),
  graph: (name: string, g: Graph): Attribute => ({ name, type: AttributeType.GRAPH, g }),
};

export const node = (
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attribute: readonly Attribute[] = [],
  domain = '',
): Node => ({ opType, input: [...input], output: [...output], attribute: [...attribute], domain });

export const value = (name: string, type: TypeName, dims?: readonly (number | string)[]): Value => ({
  name,
  type: {
    value: {
      case: 'tensorType',
      value: {
        elemType: types[type],
        ...(dims
          ? {
              shape: {
                dim: dims.map((size) => ({
                  value:
                    typeof size === 'number'
                      ? { case: 'dimValue' as const, value: BigInt(size) }
                      : { case: 'dimParam' as const, value: size },
                })),
              },
            }
          : {}),
      },
    },
  },
});

export const int64s = (name: string, values: readonly (number | bigint)[], dims = [values.length]): Tensor => ({
  name,
  dataType: types.int64,
  dims: dims.map(BigInt),
  int64Data: values.map(BigInt),
});

export const floats = (name: string, values: readonly number[], dims = [values.length]): Tensor => ({
  name,
  dataType: types.float,
  dims: dims.map(BigInt),
  floatData: [...values],
});

export const bool = (name: string, on: boolean): Tensor => ({
  name,
  dataType: types.bool,
  dims: [],
  int32Data: [on ? 1 : 0],
});

export const texts = (name: string, values: readonly string[]): Tensor => ({
  name,
  dataType: types.string,
  dims: [BigInt(values.length)],
  stringData: values.map(encode),
});

export interface ModelParts {
  readonly nodes: readonly Node[];
  readonly initializers?: readonly Tensor[];
  /** @default x: FP32 [n, 2] */
  readonly inputs?: readonly Value[];
  /** @default y: FP32, its dimensions not told */
  readonly outputs?: readonly Value[];
  readonly functions?: readonly FunctionInit[];
  readonly domains?: readonly string[];
  readonly opset?: number;
}

export const graphOf = ({
  nodes,
  initializers = [],
  inputs = [value('x', 'float', ['n', 2])],
  outputs = [value('y', 'float')],
}: ModelParts): Graph => ({
  name: 'g',
  node: [...nodes],
  initializer: [...initializers],
  input: [...inputs],
  output: [...outputs],
});

/** The bytes of an ONNX file; ai.onnx.ml 3 is imported beside operator set 21. */
export const modelOf = (parts: ModelParts): Uint8Array =>
  toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 10n,
      opsetImport: [
        { domain: '', version: BigInt(parts.opset ?? 21) },
        { domain: 'ai.onnx.ml', version: 3n },
        ...(parts.domains ?? []).map((domain) => ({ domain, version: 1n })),
      ],
      graph: graphOf(parts),
      functions: [...(parts.functions ?? [])],
    }),
  );

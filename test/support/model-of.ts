// Writes an ONNX file from a short description of its graph, with the protobuf library: honest models for tests. Hostile
// ones are written byte by byte (onnx-builder.ts, tiny-onnx.ts).
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  ModelProtoSchema,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from '../../lambdas/shared/onnx/generated/onnx-ml_pb.js';

const elementTypes = {
  FP32: DataType.FLOAT,
  INT64: DataType.INT64,
  BOOL: DataType.BOOL,
  BYTES: DataType.STRING,
} as const;

export interface ValueSpec {
  readonly name: string;
  /** @default 'FP32' */
  readonly type?: keyof typeof elementTypes;
  /** Sizes, names of open ones, or null for one that is neither; absent: nothing is said of the shape. */
  readonly dims?: readonly (number | string | null)[];
}

/** A whole number, whole numbers, `Float32Array` for floats, text or texts, or `{ f }` for one float. */
export type AttributeSpec =
  | number
  | readonly number[]
  | Float32Array
  | string
  | readonly string[]
  | { readonly f: number };

export interface NodeSpec {
  readonly op: string;
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, AttributeSpec>>;
}

export interface ConstantSpec {
  readonly name: string;
  readonly dims: readonly number[];
  /** Floats as a Float32Array, integers as numbers. */
  readonly values: Float32Array | readonly number[];
}

export interface GraphSpec {
  readonly inputs: readonly ValueSpec[];
  readonly outputs: readonly ValueSpec[];
  readonly nodes: readonly NodeSpec[];
  readonly constants?: readonly ConstantSpec[];
  /** @default { '': 21, 'ai.onnx.ml': 3 } */
  readonly opsets?: Readonly<Record<string, number>>;
}

export const modelOf = ({ inputs, outputs, nodes, constants = [], opsets }: GraphSpec): Uint8Array =>
  toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 10n,
      opsetImport: Object.entries(opsets ?? { '': 21, 'ai.onnx.ml': 3 }).map(([domain, version]) => ({
        domain,
        version: BigInt(version),
      })),
      graph: {
        name: 'test',
        node: nodes.map(({ op, domain = '', inputs: read, outputs: written, attributes = {} }) => ({
          opType: op,
          domain,
          input: [...read],
          output: [...written],
          attribute: Object.entries(attributes).map(([name, value]) => attributeOf(name, value)),
        })),
        initializer: constants.map(tensorOf),
        input: inputs.map(valueInfoOf),
        output: outputs.map(valueInfoOf),
      },
    }),
  );

const valueInfoOf = ({ name, type = 'FP32', dims }: ValueSpec): MessageInitShape<typeof ValueInfoProtoSchema> => ({
  name,
  type: {
    value: {
      case: 'tensorType',
      value: { elemType: elementTypes[type], ...(dims && { shape: { dim: dims.map(dimOf) } }) },
    },
  },
});

const dimOf = (size: number | string | null) => {
  if (size === null) return {};
  return typeof size === 'number'
    ? { value: { case: 'dimValue' as const, value: BigInt(size) } }
    : { value: { case: 'dimParam' as const, value: size } };
};

const tensorOf = ({ name, dims, values }: ConstantSpec): MessageInitShape<typeof TensorProtoSchema> => ({
  name,
  dims: dims.map(BigInt),
  ...(values instanceof Float32Array
    ? { dataType: DataType.FLOAT, rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) }
    : { dataType: DataType.INT64, int64Data: values.map(BigInt) }),
});

const attributeOf = (name: string, value: AttributeSpec): MessageInitShape<typeof AttributeProtoSchema> => {
  if (typeof value === 'number') return { name, type: AttributeType.INT, i: BigInt(value) };
  if (typeof value === 'string') return { name, type: AttributeType.STRING, s: Buffer.from(value) };
  if (value instanceof Float32Array) return { name, type: AttributeType.FLOATS, floats: [...value] };
  if ('f' in value) return { name, type: AttributeType.FLOAT, f: value.f };
  const [first] = value;
  return typeof first === 'string'
    ? { name, type: AttributeType.STRINGS, strings: value.map((text) => Buffer.from(String(text))) }
    : { name, type: AttributeType.INTS, ints: value.map((whole) => BigInt(whole)) };
};

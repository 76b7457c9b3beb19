// Writes small ONNX models byte by byte, hostile ones included, with a protobuf writer of its own: what is tested must
// not also make the test's input.
import type { Datatype, Signature, TensorSpec } from '../../lambdas/shared/onnx/signature.ts';

type Bytes = readonly number[];

const varint = (value: number | bigint): number[] => {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return bytes;
};

const number = (field: number, value: number | bigint): number[] => [...varint(field << 3), ...varint(value)];
const nested = (field: number, bytes: Bytes): number[] => [
  ...varint((field << 3) | 2),
  ...varint(bytes.length),
  ...bytes,
];
const text = (field: number, value: string): number[] => nested(field, [...Buffer.from(value)]);

const elementTypes: Record<Datatype, number> = {
  FP32: 1,
  UINT8: 2,
  INT8: 3,
  UINT16: 4,
  INT16: 5,
  INT32: 6,
  INT64: 7,
  BYTES: 8,
  BOOL: 9,
  FP16: 10,
  FP64: 11,
  UINT32: 12,
  UINT64: 13,
  BF16: 16,
};

export interface TinyTensor {
  readonly name: string;
  readonly datatype: Datatype;
  /** Sizes, or names of open dimensions. */
  readonly dims: readonly (number | string)[];
}

export interface TinyGraph {
  readonly inputs: readonly TinyTensor[];
  readonly outputs: readonly TinyTensor[];
  readonly nodes: readonly TinyNode[];
  /** Constants: their raw little-endian bytes. */
  readonly initializers?: readonly (TinyTensor & { readonly dims: readonly number[]; readonly raw: Uint8Array })[];
}

export interface TinyNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, number | TinyGraph>>;
}

const dimension = (size: number | string): number[] => (typeof size === 'number' ? number(1, size) : text(2, size));

const valueInfo = ({ name, datatype, dims }: TinyTensor): number[] => [
  ...text(1, name),
  ...nested(
    2,
    nested(1, [
      ...number(1, elementTypes[datatype]),
      ...nested(
        2,
        dims.flatMap((size) => nested(1, dimension(size))),
      ),
    ]),
  ),
];

const attribute = (name: string, value: number | TinyGraph): number[] =>
  typeof value === 'number'
    ? [...text(1, name), ...number(3, value), ...number(20, 2)]
    : [...text(1, name), ...nested(6, graph(value)), ...number(20, 5)];

const node = ({ op, inputs, outputs, attributes = {} }: TinyNode): number[] => [
  ...inputs.flatMap((name) => text(1, name)),
  ...outputs.flatMap((name) => text(2, name)),
  ...text(4, op),
  ...Object.entries(attributes).flatMap(([name, value]) => nested(5, attribute(name, value))),
];

const graph = ({ inputs, outputs, nodes, initializers = [] }: TinyGraph): number[] => [
  ...nodes.flatMap((one) => nested(1, node(one))),
  ...text(2, 'tiny'),
  ...initializers.flatMap(({ name, datatype, dims, raw }) =>
    nested(5, [
      ...dims.flatMap((size) => number(1, BigInt(size))),
      ...number(2, elementTypes[datatype]),
      ...text(8, name),
      ...nested(9, [...raw]),
    ]),
  ),
  ...inputs.flatMap((tensor) => nested(11, valueInfo(tensor))),
  ...outputs.flatMap((tensor) => nested(12, valueInfo(tensor))),
];

/** The bytes of an ONNX file, opset 21. */
export const tinyModel = (content: TinyGraph): Uint8Array =>
  Uint8Array.from([...number(1, 10), ...nested(8, [...text(1, ''), ...number(2, 21)]), ...nested(7, graph(content))]);

const toSpec = ({ name, datatype, dims }: TinyTensor): TensorSpec => ({
  name,
  datatype,
  shape: dims.map((size) => (typeof size === 'number' ? size : -1)),
  dims,
});

/** The signature that a scan of the model would find. */
export const signatureOf = ({ inputs, outputs }: Pick<TinyGraph, 'inputs' | 'outputs'>): Signature => ({
  inputs: inputs.map(toSpec),
  outputs: outputs.map(toSpec),
});

/** Gives back what it gets. */
export const identityOf = (datatype: Datatype, dims: readonly (number | string)[] = ['n']): TinyGraph => ({
  inputs: [{ name: 'x', datatype, dims }],
  outputs: [{ name: 'y', datatype, dims }],
  nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
});

/** A loop whose condition stays true. */
export const endlessLoop: TinyGraph = {
  inputs: [{ name: 'x', datatype: 'FP32', dims: [1] }],
  outputs: [{ name: 'y', datatype: 'FP32', dims: [1] }],
  initializers: [{ name: 'always', datatype: 'BOOL', dims: [], raw: Uint8Array.of(1) }],
  nodes: [
    {
      op: 'Loop',
      inputs: ['', 'always', 'x'],
      outputs: ['y'],
      attributes: {
        body: {
          inputs: [
            { name: 'i', datatype: 'INT64', dims: [] },
            { name: 'on', datatype: 'BOOL', dims: [] },
            { name: 'before', datatype: 'FP32', dims: [1] },
          ],
          outputs: [
            { name: 'still', datatype: 'BOOL', dims: [] },
            { name: 'after', datatype: 'FP32', dims: [1] },
          ],
          nodes: [
            { op: 'Identity', inputs: ['on'], outputs: ['still'] },
            { op: 'Identity', inputs: ['before'], outputs: ['after'] },
          ],
        },
      },
    },
  ],
};

/** A few bytes that become that many floats. */
export const hugeOutput = (elements: number): TinyGraph => ({
  inputs: [{ name: 'x', datatype: 'INT64', dims: [1] }],
  outputs: [{ name: 'y', datatype: 'FP32', dims: ['n'] }],
  initializers: [
    { name: 'size', datatype: 'INT64', dims: [1], raw: new Uint8Array(BigInt64Array.of(BigInt(elements)).buffer) },
  ],
  nodes: [
    { op: 'Add', inputs: ['x', 'size'], outputs: ['shape'] },
    { op: 'ConstantOfShape', inputs: ['shape'], outputs: ['y'] },
  ],
});

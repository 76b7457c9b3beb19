// Writes ONNX's protobuf field by field, wrong fields included: hostile models for the scanner's tests.

type Part = readonly number[] | Uint8Array;

export const varint = (value: number | bigint): number[] => {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return bytes;
};

/** A field of wire type 0. */
export const int = (field: number, value: number | bigint): number[] => [...varint(field * 8), ...varint(value)];

/** A field of wire type 2: a message, bytes, or packed numbers. */
export const block = (field: number, ...parts: readonly Part[]): number[] => {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return [...varint(field * 8 + 2), ...varint(length), ...parts.flatMap((part) => [...part])];
};

export const text = (field: number, value: string): number[] => block(field, Buffer.from(value));

/** A field of wire type 5. */
export const fixed32 = (field: number): number[] => [...varint(field * 8 + 5), 0, 0, 128, 63];

export const entry = (key: string, value: string): number[] => [...text(1, key), ...text(2, value)];

export const dim = (size: number | string | null): number[] =>
  size === null ? [] : typeof size === 'number' ? int(1, size) : text(2, size);

/** TypeProto of a tensor; without `dims` it says nothing of its shape. */
export const tensorType = (elementType: number, dims?: readonly (number | string | null)[]): number[] =>
  block(1, int(1, elementType), dims ? block(2, ...dims.map((size) => block(1, dim(size)))) : []);

export const value = (name: string, type: Part): number[] => [...text(1, name), ...block(2, type)];

/** TensorProto of FLOAT with raw data of the right length, and whatever else. */
export const floats = (name: string, dims: readonly number[], ...more: readonly Part[]): number[] => [
  ...dims.flatMap((size) => int(1, size)),
  ...int(2, 1),
  ...text(8, name),
  ...block(9, new Uint8Array(4 * dims.reduce((a, b) => a * b, 1))),
  ...more.flatMap((part) => [...part]),
];

export interface NodeParts {
  readonly op?: string;
  readonly domain?: string;
  readonly input?: string;
  readonly output?: string;
  /** AttributeProto each. */
  readonly attributes?: readonly Part[];
}

export const node = ({
  op = 'Identity',
  domain,
  input = 'x',
  output = 'y',
  attributes = [],
}: NodeParts = {}): number[] => [
  ...text(1, input),
  ...text(2, output),
  ...text(4, op),
  ...(domain === undefined ? [] : text(7, domain)),
  ...attributes.flatMap((one) => block(5, one)),
];

export const attribute = (name: string, ...fields: readonly Part[]): number[] => [
  ...text(1, name),
  ...fields.flatMap((field) => [...field]),
];

/** FunctionProto of the domain `mine` whose nodes call the operators. */
export const func = (name: string, nodes: readonly Part[], domain = 'mine', ...more: readonly Part[]): number[] => [
  ...text(1, name),
  ...text(4, 'x'),
  ...text(5, 'y'),
  ...nodes.flatMap((one) => block(7, one)),
  ...text(10, domain),
  ...more.flatMap((part) => [...part]),
];

/** GraphProto x → y, floats [n, 2], of the nodes and whatever other fields. */
export const graph = (nodes: readonly Part[] = [node()], ...more: readonly Part[]): number[] => [
  ...nodes.flatMap((one) => block(1, one)),
  ...text(2, 'tiny'),
  ...block(11, value('x', tensorType(1, ['n', 2]))),
  ...block(12, value('y', tensorType(1, ['n', 2]))),
  ...more.flatMap((part) => [...part]),
];

/** ModelProto, format 10, operators 21, of the graph and whatever other fields. */
export const model = (graphBytes: Part = graph(), ...more: readonly Part[]): Uint8Array =>
  Uint8Array.from([
    ...int(1, 10),
    ...block(8, text(1, ''), int(2, 21)),
    ...block(7, graphBytes),
    ...more.flatMap((part) => [...part]),
  ]);

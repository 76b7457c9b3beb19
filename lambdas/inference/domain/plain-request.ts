// The common request, read in one go over its bytes: numbers in flat lists, nothing that asks for more. Whatever else a
// request has is declined, not refused: `readInferHeader` reads it, and says what is wrong with it.
//
//   {  ┌───────────────────────── , ◄──────────────────────────┐  }
//      ├─► "id"      : text ───────────────────────────────────┤
//      ├─► "outputs" : [ { "name" } , … ] ─────────────────────┤
//      └─► "inputs"  : [ { "name" "shape" "datatype" "data" } , … ]
//                           ╰── in any order ──╯   ╰─► read-numbers: a list as long as the shape says
//
// Each member at most once, names as the signature writes them, no escapes, blanks anywhere between.
import type { Datatype, Signature, TensorSpec } from '../../shared/onnx/signature.ts';
import { fitsShape } from './check-input.ts';
import type { OutputHeader } from './infer-header.ts';
import { readFloat32s, readFloat64s, readIntegers, skipBlanks } from './read-numbers.ts';
import { elementCount, type Tensor } from './tensor.ts';

export interface PlainRequest {
  readonly id: string | undefined;
  /** In the signature's order. */
  readonly inputs: readonly Tensor[];
  /** Empty: all. */
  readonly outputs: readonly OutputHeader[];
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const ZERO = 0x30;

const MAX_TENSORS = 64;
const MAX_ID_CHARACTERS = 1024;
const MAX_NAME_CHARACTERS = 256;
const MAX_RANK = 16;

const bodyMembers = ['inputs', 'outputs', 'id'];
const inputMembers = ['name', 'shape', 'datatype', 'data'];
const outputMembers = ['name'];
const plainDatatypes: readonly Datatype[] = [
  'FP32',
  'FP64',
  'INT64',
  'INT32',
  'INT16',
  'INT8',
  'UINT8',
  'UINT16',
  'UINT32',
];

/** Where reading is. What is taken moves it on; what is not there leaves the request declined. */
interface Scan {
  readonly bytes: Uint8Array;
  readonly words: DataView;
  at: number;
}

export interface PlainNames {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** @returns undefined where no request of the model is plain */
export const plainNames = ({ inputs, outputs }: Signature): PlainNames | undefined => {
  const isPlain =
    inputs.length > 0 &&
    inputs.every(({ datatype }) => plainDatatypes.includes(datatype)) &&
    areNames(inputs) &&
    areNames(outputs);
  return isPlain ? { inputs: inputs.map(({ name }) => name), outputs: outputs.map(({ name }) => name) } : undefined;
};

/** Each another, and of characters that are bytes and mean themselves. */
const areNames = (specs: readonly TensorSpec[]): boolean =>
  specs.length <= MAX_TENSORS &&
  new Set(specs.map(({ name }) => name)).size === specs.length &&
  specs.every(({ name }) => name.length <= MAX_NAME_CHARACTERS && /^[ !#-[\]-~]*$/.test(name));

/**
 * @param bytes - the whole body, all of it JSON
 * @param names - of the signature's inputs and outputs
 * @returns undefined where the request is declined; nothing of its size was allocated that its bytes do not account for
 */
export const readPlainRequest = (
  bytes: Uint8Array,
  signature: Signature,
  names: PlainNames,
): PlainRequest | undefined => {
  const scan = { bytes, words: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), at: 0 };
  let id: string | undefined;
  let inputs: Tensor[] | undefined;
  let outputs: OutputHeader[] | undefined;
  if (!take(scan, OPEN_OBJECT)) return undefined;
  do {
    const member = takeName(scan, bodyMembers);
    if (member === 0 && !inputs) {
      inputs = takeInputs(scan, signature, names.inputs);
      if (!inputs) return undefined;
    } else if (member === 1 && !outputs) {
      outputs = takeOutputs(scan, names.outputs);
      if (!outputs) return undefined;
    } else if (member === 2 && id === undefined) {
      id = takeId(scan);
      if (id === undefined) return undefined;
    } else return undefined;
  } while (take(scan, COMMA));
  if (!inputs || !take(scan, CLOSE_OBJECT) || skipBlanks(bytes, scan.at) !== bytes.length) return undefined;
  return { id, inputs, outputs: outputs ?? all };
};

const all: readonly OutputHeader[] = [];

const take = (scan: Scan, byte: number): boolean => {
  const at = skipBlanks(scan.bytes, scan.at);
  if (scan.bytes[at] !== byte) return false;
  scan.at = at + 1;
  return true;
};

/** One of these texts. @returns which; −1: none */
const takeText = (scan: Scan, texts: readonly string[]): number => {
  if (!take(scan, QUOTE)) return -1;
  for (let index = 0; index < texts.length; index++) {
    const text = texts[index] as string;
    if (!stands(scan, text)) continue;
    scan.at += text.length + 1;
    return index;
  }
  return -1;
};

/** Whether that text is next, and then a quote. */
const stands = ({ bytes, at }: Scan, text: string): boolean => {
  if (bytes[at + text.length] !== QUOTE) return false;
  for (let index = 0; index < text.length; index++) if (bytes[at + index] !== text.charCodeAt(index)) return false;
  return true;
};

const takeName = (scan: Scan, names: readonly string[]): number => {
  const index = takeText(scan, names);
  return take(scan, COLON) ? index : -1;
};

const takeId = (scan: Scan): string | undefined => {
  if (!take(scan, QUOTE)) return undefined;
  const { bytes, at } = scan;
  const end = bytes.indexOf(QUOTE, at);
  if (end < 0 || end - at > MAX_ID_CHARACTERS) return undefined;
  for (let place = at; place < end; place++) {
    const byte = bytes[place] as number;
    if (byte < 0x20 || byte > 0x7e || byte === BACKSLASH) return undefined;
  }
  scan.at = end + 1;
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, end - at).toString('latin1');
};

const takeOutputs = (scan: Scan, names: readonly string[]): OutputHeader[] | undefined => {
  if (!take(scan, OPEN_ARRAY)) return undefined;
  const outputs: OutputHeader[] = [];
  do {
    if (!take(scan, OPEN_OBJECT) || takeName(scan, outputMembers) < 0) return undefined;
    const name = names[takeText(scan, names)];
    if (name === undefined || outputs.length > MAX_TENSORS || !take(scan, CLOSE_OBJECT)) return undefined;
    outputs.push({ name, binary: undefined, classes: 0 });
  } while (take(scan, COMMA));
  return take(scan, CLOSE_ARRAY) ? outputs : undefined;
};

/** @returns every input of the signature, in its order */
const takeInputs = (scan: Scan, signature: Signature, names: readonly string[]): Tensor[] | undefined => {
  if (!take(scan, OPEN_ARRAY)) return undefined;
  const found: (Tensor | undefined)[] = names.map(() => undefined);
  let missing = found.length;
  do {
    const index = takeInput(scan, signature, { names, found });
    if (index < 0) return undefined;
    missing--;
  } while (take(scan, COMMA));
  return missing === 0 && take(scan, CLOSE_ARRAY) ? (found as Tensor[]) : undefined;
};

interface Inputs {
  readonly names: readonly string[];
  readonly found: (Tensor | undefined)[];
}

/** @returns which of the signature's it is, now in `found`; −1: declined */
const takeInput = (scan: Scan, signature: Signature, { names, found }: Inputs): number => {
  if (!take(scan, OPEN_OBJECT)) return -1;
  let index = -1;
  let datatype = -1;
  let shape: number[] | undefined;
  do {
    const member = takeName(scan, inputMembers);
    if (member === 0 && index < 0) {
      index = takeText(scan, names);
      if (index < 0 || found[index]) return -1;
    } else if (member === 1 && !shape) {
      shape = takeShape(scan);
      if (!shape) return -1;
    } else if (member === 2 && datatype < 0) {
      datatype = takeText(scan, plainDatatypes);
      if (datatype < 0) return -1;
    } else if (member === 3 && index >= 0 && shape && datatype >= 0) {
      const spec = signature.inputs[index] as TensorSpec;
      if (spec.datatype !== plainDatatypes[datatype]) return -1;
      found[index] = takeData(scan, spec, shape);
      return found[index] && take(scan, CLOSE_OBJECT) ? index : -1;
    } else return -1;
  } while (take(scan, COMMA));
  return -1;
};

const takeShape = (scan: Scan): number[] | undefined => {
  if (!take(scan, OPEN_ARRAY)) return undefined;
  const shape: number[] = [];
  do {
    const first = skipBlanks(scan.bytes, scan.at);
    let at = first;
    let size = 0;
    for (; isDigit(scan.bytes[at]); at++) size = size * 10 + (scan.bytes[at] as number) - ZERO;
    // Sizes of nine digits are more than any tensor has.
    const digits = at - first;
    if (digits === 0 || digits > 9 || (digits > 1 && scan.bytes[first] === ZERO)) return undefined;
    if (shape.push(size) > MAX_RANK) return undefined;
    scan.at = at;
  } while (take(scan, COMMA));
  return take(scan, CLOSE_ARRAY) ? shape : undefined;
};

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= ZERO && byte <= ZERO + 9;

const takeData = (scan: Scan, spec: TensorSpec, shape: readonly number[]): Tensor | undefined => {
  const elements = fitsShape(shape, spec) ? elementCount(shape) : undefined;
  // A number and what follows it are two bytes: no memory is taken for more than were sent.
  if (!elements || elements * 2 > scan.bytes.length - scan.at || !take(scan, OPEN_ARRAY)) return undefined;
  const list = { bytes: scan.bytes, words: scan.words, from: scan.at };
  const { name, datatype } = spec;
  const out = newArray(datatype, elements);
  if (out instanceof Float32Array) scan.at = readFloat32s(list, out);
  else if (out instanceof Float64Array) scan.at = readFloat64s(list, out);
  else scan.at = readIntegers(list, elements, datatype === 'INT64' ? writeLong(out) : writeSmall(out));
  return scan.at < 0 ? undefined : { name, datatype, shape, data: new Uint8Array(out.buffer) };
};

type Small = Int32Array | Int16Array | Int8Array | Uint8Array | Uint16Array | Uint32Array;

/** INT64 as halves, since BigInts are objects. */
const newArray = (datatype: Datatype, elements: number): Float32Array | Float64Array | Small => {
  switch (datatype) {
    case 'FP32':
      return new Float32Array(elements);
    case 'FP64':
      return new Float64Array(elements);
    case 'INT64':
      return new Int32Array(elements * 2);
    case 'INT32':
      return new Int32Array(elements);
    case 'INT16':
      return new Int16Array(elements);
    case 'INT8':
      return new Int8Array(elements);
    case 'UINT8':
      return new Uint8Array(elements);
    case 'UINT16':
      return new Uint16Array(elements);
    case 'UINT32':
      return new Uint32Array(elements);
    default:
      throw new RangeError(`'datatype' must be a plain one, got ${datatype}`);
  }
};

/** What does not fit comes back as another number. */
const writeSmall = (out: Small) => (index: number, value: number) => {
  out[index] = value;
  return out[index] === value;
};

const writeLong = (out: Small) => (index: number, value: number) => {
  const high = Math.floor(value / 4_294_967_296);
  out[index * 2] = value - high * 4_294_967_296;
  out[index * 2 + 1] = high;
  return true;
};

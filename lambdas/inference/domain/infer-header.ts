// The JSON part of an inference request, read into typed members. Unknown members are ignored, as clients expect;
// known ones must be what the protocol says.
import { DomainError } from '../../shared/kernel/errors.ts';
import { checkJsonSize } from './check-json-size.ts';
import { parseLosslessJson } from './lossless-json.ts';

export interface InputHeader {
  readonly name: string;
  readonly datatype: string;
  /** Whole numbers, 0 or more. */
  readonly shape: readonly number[];
  /** `binary_data_size`: bytes of this tensor after the JSON. */
  readonly binarySize: number | undefined;
  readonly data: unknown;
}

export interface OutputHeader {
  readonly name: string;
  /** undefined: as the whole request says. */
  readonly binary: boolean | undefined;
  /** How many of its highest values are wanted in its place; 0: the output itself. */
  readonly classes: number;
}

export interface InferHeader {
  readonly id: string | undefined;
  /** `binary_data_output`: outputs are binary unless they say otherwise. */
  readonly binaryOutputs: boolean;
  readonly inputs: readonly InputHeader[];
  /** Empty: all. */
  readonly outputs: readonly OutputHeader[];
}

const MAX_TENSORS = 1000;
const MAX_RANK = 32;
const MAX_ID_CHARACTERS = 1024;
/** Names come back in messages: they are bounded, as the scan of a model bounds its own. */
const MAX_NAME_CHARACTERS = 1024;

type JsonObject = Readonly<Record<string, unknown>>;
const noParameters: JsonObject = {};

/** What a message is about; made when there is one. */
type Label = () => string;

const unreadable = (message: string) => new DomainError('unreadable', 'malformed_request', message);

const describe = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return value.length <= 40 ? `'${value}'` : `${value.length} characters`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
};

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @param bytes - JSON in UTF-8 @throws DomainError malformed_json, malformed_request */
export const readInferHeader = (bytes: Uint8Array): InferHeader => {
  checkJsonSize(bytes);
  const text = decodeUtf8(bytes);
  const header = toInferHeader(parseLosslessJson(text, false));
  // Most integers are small, and reading with every digit is slow: it is done only where digits were lost.
  return header.inputs.some(lostDigits) ? toInferHeader(parseLosslessJson(text, true)) : header;
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

const decodeUtf8 = (bytes: Uint8Array): string => {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new DomainError(
      'unreadable',
      'malformed_json',
      'the body must be JSON in UTF-8, got bytes that are not UTF-8',
    );
  }
};

const lostDigits = (input: InputHeader): boolean =>
  (input.datatype === 'INT64' || input.datatype === 'UINT64') && holdsUnsafe(input.data, 0);

const holdsUnsafe = (value: unknown, depth: number): boolean =>
  Array.isArray(value)
    ? depth <= MAX_RANK && value.some((item) => holdsUnsafe(item, depth + 1))
    : typeof value === 'number' && !Number.isSafeInteger(value);

/** @param body - as JSON was parsed @throws DomainError malformed_request */
export const toInferHeader = (body: unknown): InferHeader => {
  if (!isObject(body)) throw unreadable(`the body must be a JSON object, got ${describe(body)}`);
  const { id, inputs, outputs = [] } = body;
  if (id !== undefined && (typeof id !== 'string' || id.length > MAX_ID_CHARACTERS)) {
    throw unreadable(`'id' must be a string of at most ${MAX_ID_CHARACTERS} characters, got ${describe(id)}`);
  }
  const parameters = readParameters(() => 'the request', body.parameters);
  return {
    id,
    binaryOutputs: readFlag(() => "'binary_data_output'", parameters.binary_data_output) ?? false,
    inputs: readList('inputs', inputs).map(toInput),
    outputs: readList('outputs', outputs).map(toOutput),
  };
};

const readList = (name: string, list: unknown): readonly unknown[] => {
  if (!Array.isArray(list) || list.length > MAX_TENSORS) {
    throw unreadable(`'${name}' must be an array of at most ${MAX_TENSORS} tensors, got ${describe(list)}`);
  }
  return list;
};

function checkName(list: string, index: number, name: unknown): asserts name is string {
  if (typeof name === 'string' && name.length <= MAX_NAME_CHARACTERS) return;
  throw unreadable(
    `'/${list}/${index}/name' must be a string of at most ${MAX_NAME_CHARACTERS} characters, got ${describe(name)}`,
  );
}

const toInput = (input: unknown, index: number): InputHeader => {
  if (!isObject(input)) throw unreadable(`'/inputs/${index}' must be an object, got ${describe(input)}`);
  const { name, datatype, shape, data } = input;
  checkName('inputs', index, name);
  if (typeof datatype !== 'string') {
    throw unreadable(`input '${name}' 'datatype' must be a string, got ${describe(datatype)}`);
  }
  const parameters = readParameters(() => `input '${name}'`, input.parameters);
  return { name, datatype, shape: readShape(name, shape), binarySize: readBinarySize(name, parameters), data };
};

const readShape = (name: string, shape: unknown): number[] => {
  if (!Array.isArray(shape) || shape.length > MAX_RANK) {
    throw unreadable(`input '${name}' 'shape' must be an array of at most ${MAX_RANK} sizes, got ${describe(shape)}`);
  }
  return shape.map((size, dimension) => {
    // 2^31 − 1 is what every runtime's dimensions hold.
    if (typeof size === 'number' && Number.isInteger(size) && size >= 0 && size <= 2_147_483_647) return size;
    throw unreadable(
      `input '${name}' 'shape' entry ${dimension} must be a whole number from 0 to 2147483647, got ${describe(size)}`,
    );
  });
};

const readBinarySize = (name: string, parameters: JsonObject): number | undefined => {
  const { binary_data_size: size } = parameters;
  if (size === undefined) return undefined;
  if (typeof size === 'number' && Number.isSafeInteger(size) && size >= 0) return size;
  throw unreadable(`input '${name}' 'binary_data_size' must be a whole number of bytes, got ${describe(size)}`);
};

const toOutput = (output: unknown, index: number): OutputHeader => {
  if (!isObject(output)) throw unreadable(`'/outputs/${index}' must be an object, got ${describe(output)}`);
  const { name } = output;
  checkName('outputs', index, name);
  const parameters = readParameters(() => `output '${name}'`, output.parameters);
  return {
    name,
    binary: readFlag(() => `output '${name}' 'binary_data'`, parameters.binary_data),
    classes: readClasses(() => `output '${name}'`, parameters.classification),
  };
};

/** Some clients send 0 for none. */
const readClasses = (label: Label, count: unknown): number => {
  if (count === undefined) return 0;
  if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) return count;
  throw unreadable(`${label()} 'classification' must be a whole number of classes, got ${describe(count)}`);
};

const readFlag = (label: Label, flag: unknown): boolean | undefined => {
  if (flag === undefined || typeof flag === 'boolean') return flag;
  throw unreadable(`${label()} must be true or false, got ${describe(flag)}`);
};

/** What others' parameters ask for and nobody here does: refused rather than ignored, as the answer would be another. */
const checkServed = (label: Label, parameters: JsonObject) => {
  const shared = Object.keys(parameters).find((name) => name.startsWith('shared_memory_'));
  if (shared !== undefined) {
    throw unreadable(
      `${label()} has the parameter '${shared.slice(0, 64)}', but no memory is shared over a network: send 'data' or 'binary_data_size', and ask for 'binary_data'`,
    );
  }
  const { sequence_id: sequence } = parameters;
  if (sequence !== undefined && sequence !== 0 && sequence !== '') {
    throw unreadable(
      `${label()} has the parameter 'sequence_id', but nothing is kept between calls: give the state that a call answered to the next one as an input`,
    );
  }
};

const readParameters = (label: Label, parameters: unknown): JsonObject => {
  if (parameters === undefined || parameters === null) return noParameters;
  if (!isObject(parameters)) throw unreadable(`${label()} 'parameters' must be an object, got ${describe(parameters)}`);
  checkServed(label, parameters);
  return parameters;
};

// What `infer` sends to a `run-*` function, and what that tells back. Lambda carries JSON and nothing else, and its Node
// runtime parses an event before any code of ours sees it, so the form of the message is all there is to choose. It is
// flat: JSON takes twice as long for objects within objects, and a schema as long as a small model's run.
//
//   request  { artifact: '<sha256> <bytes> <key>', ort?: [file, made by], inputs: tensors, outputs: [name …], traceparent? }
//   answer   { ok: true, outputs: tensors, loadMs, runMs } | { ok: false, fault, … }
//   tensors  ['<datatype> <size>,<size> <name>', base64 or a list of its pieces, the next …]
import { DomainError } from '../../shared/kernel/errors.ts';
import type { Datatype } from '../../shared/onnx/signature.ts';
import type { OrtFile, RunJob, RunOutcome, StoredFile } from '../ports.ts';
import {
  arrayOf,
  countOf,
  createKnown,
  malformed,
  nameOf,
  objectOf,
  readCount,
  textOf,
  timeOf,
} from './message-fields.ts';
import { describeRefusal } from './model-refusal.ts';
import { checkTensorData, elementBytes, elementCount, MAX_ELEMENTS, type Tensor } from './tensor.ts';

/** Lambda takes and gives 6 MiB; the rest is room for names, shapes and the gateway's part. */
export const MESSAGE_LIMIT_BYTES = 5_900_000;

/**
 * Bytes of a tensor that travel as one string. V8 gives strings of more than 128 KiB memory of their own, page by page:
 * JSON.parse takes three times as long for them. A multiple of 3, so that pieces decode by themselves.
 */
const PIECE_BYTES = 72_000;

/** Head and data in turn. */
type TensorsMessage = readonly (string | readonly string[])[];

export interface RunRequest {
  readonly artifact: string;
  /** The artifact in onnxruntime's own format. */
  readonly ort?: readonly [file: string, madeBy: string] | undefined;
  readonly inputs: TensorsMessage;
  readonly outputs: readonly string[];
  /** Of the call that wants it, for the log. */
  readonly traceparent?: string | undefined;
}

/** The same, read: the tensors' bytes in memory that typed arrays fit on. */
export interface RunOrder {
  readonly artifact: StoredFile;
  readonly ort: OrtFile | undefined;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly string[];
  readonly traceparent: string | undefined;
}

/** `ours`: a fault of the platform, told so that the function itself lives on; the log has it. */
export type RunAnswer =
  | { readonly ok: true; readonly outputs: TensorsMessage; readonly loadMs: number; readonly runMs: number }
  | { readonly ok: false; readonly fault: 'model_failed' | 'ours'; readonly message: string }
  | { readonly ok: false; readonly fault: 'output_too_large'; readonly bytes: number };

const base64Bytes = (bytes: number) => Math.ceil(bytes / 3) * 4;

/** Bytes that the tensors take in a message, names and shapes left out. */
export const messageBytes = (tensors: readonly Tensor[]): number => {
  let sum = 0;
  for (const { data } of tensors) sum += base64Bytes(data.length);
  return sum;
};

const writeTensors = (tensors: readonly Tensor[]): TensorsMessage => {
  const message: (string | string[])[] = [];
  for (const { name, datatype, shape, data } of tensors) {
    const bytes = Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    message.push(`${datatype} ${shape.length === 1 ? shape[0] : shape.join(',')} ${name}`, toBase64(bytes));
  }
  return message;
};

const toBase64 = (bytes: Buffer): string | string[] => {
  if (bytes.length <= PIECE_BYTES) return bytes.toString('base64');
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    pieces.push(bytes.toString('base64', at, Math.min(at + PIECE_BYTES, bytes.length)));
  }
  return pieces;
};

type Sent = Omit<RunJob, 'products' | 'rowCount'> & Partial<Pick<RunJob, 'products'>>;

export const encodeRunRequest = ({ artifact, products, inputs, outputs }: Sent): RunRequest => {
  const ort = products?.find(({ kind }) => kind === 'ort');
  return {
    artifact: writeFile(artifact),
    ...(ort && { ort: [writeFile(ort), ort.madeBy] as const }),
    inputs: writeTensors(inputs),
    outputs,
  };
};

const writeFile = ({ key, sha256, sizeBytes }: StoredFile): string => `${sha256} ${sizeBytes} ${key}`;

/** @param event - as Lambda hands it over @throws Error that names the member, what it must be and what it is */
export const decodeRunRequest = (event: unknown): RunOrder => {
  const { artifact, ort, inputs, outputs, traceparent } = objectOf(event, 'the request');
  const names = arrayOf(outputs, 'outputs');
  if (names.length === 0) throw malformed('outputs', 'have at least 1 name', '0');
  for (const name of names) nameOf(name, 'outputs');
  return {
    artifact: readFile(textOf(artifact, 'artifact'), 'artifact'),
    ort: ort === undefined ? undefined : readOrt(arrayOf(ort, 'ort')),
    inputs: readTensors(inputs, 'inputs'),
    outputs: names as readonly string[],
    traceparent: traceparent === undefined ? undefined : textOf(traceparent, 'traceparent'),
  };
};

const filePattern = /^([0-9a-f]{64}) ([1-9]\d{0,14}) (.+)$/s;

/** What was read rightly is known by its text. */
const readFile = createKnown((text: string, member): StoredFile => {
  const [, sha256, sizeBytes, key] = filePattern.exec(text) ?? [];
  if (sha256 === undefined || key === undefined) throw malformed(member, 'be SHA-256, bytes and key', text);
  return { key, sha256, sizeBytes: Number(sizeBytes) };
});

const readOrt = ([file, madeBy]: readonly unknown[]): OrtFile => ({
  ...readFile(textOf(file, 'ort'), 'ort'),
  madeBy: textOf(madeBy, 'ort'),
});

type Head = Omit<Tensor, 'data'>;

const readHead = createKnown((text: string, member): Head => {
  const [datatype = '', sizes, ...words] = text.split(' ');
  if (!Object.hasOwn(elementBytes, datatype)) throw malformed(member, 'name a datatype of the protocol', datatype);
  if (sizes === undefined || words.length === 0) throw malformed(member, 'name datatype, shape and tensor', text);
  const shape = sizes === '' ? [] : sizes.split(',').map((size) => readCount(size, member));
  return { datatype: datatype as Datatype, shape, name: words.join(' ') };
});

const readTensors = (value: unknown, member: string): Tensor[] => {
  const message = arrayOf(value, member);
  if (message.length % 2 !== 0) throw malformed(member, 'have a head and data for each tensor', message.length);
  const tensors: Tensor[] = [];
  for (let at = 0; at < message.length; at += 2) {
    const { name, datatype, shape } = readHead(textOf(message[at], member), member);
    const base64 = message[at + 1];
    const data = typeof base64 === 'string' ? fromBase64(base64) : fromPieces(arrayOf(base64, 'base64'));
    tensors.push({ name, datatype, shape, data });
  }
  return tensors;
};

/** Node skips what is not base64: then fewer bytes come out than the length says. */
const fromBase64 = (text: string): Buffer => {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== decodedBytes(text)) throw malformed('base64', 'be base64', text.slice(0, 16));
  return bytes;
};

const decodedBytes = (text: string): number => {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return (text.length / 4) * 3 - padding;
};

const fromPieces = (pieces: readonly unknown[]): Buffer => {
  let total = 0;
  for (const piece of pieces) total += decodedBytes(textOf(piece, 'base64'));
  if (!Number.isInteger(total)) throw malformed('base64', 'be base64', 'a length that is none');
  const bytes = Buffer.allocUnsafeSlow(total);
  let at = 0;
  for (const piece of pieces as readonly string[]) at += bytes.write(piece, at, 'base64');
  if (at !== total) throw malformed('base64', 'be base64', 'other characters');
  return bytes;
};

/** @returns the outputs, or that they do not fit into an answer */
export const encodeOutputs = (outputs: readonly Tensor[], times: { loadMs: number; runMs: number }): RunAnswer => {
  const bytes = messageBytes(outputs);
  if (bytes > MESSAGE_LIMIT_BYTES) return { ok: false, fault: 'output_too_large', bytes };
  return { ok: true, outputs: writeTensors(outputs), loadMs: times.loadMs, runMs: times.runMs };
};

/** The process that ran the graph is not to be trusted. @returns what is wrong with an output, undefined when nothing */
export const outputFault = (output: Tensor): string | undefined => {
  const label = `output '${output.name.slice(0, 64)}'`;
  const elements = elementCount(output.shape);
  if (elements === undefined) return `${label} must have sizes that multiply to at most ${MAX_ELEMENTS}`;
  try {
    checkTensorData(label, output, elements);
    return undefined;
  } catch (fault) {
    if (fault instanceof DomainError) return fault.message;
    throw fault;
  }
};

/** @param answer - as Lambda gives it back @throws Error when it is none, or tells of a fault of ours */
export const decodeRunAnswer = (answer: unknown): RunOutcome => {
  const { ok, fault, ...rest } = objectOf(answer, 'the answer');
  if (ok === true) {
    const outputs = readTensors(rest.outputs, 'outputs');
    const times = { loadMs: timeOf(rest.loadMs, 'loadMs'), runMs: timeOf(rest.runMs, 'runMs') };
    const message = outputs.map(outputFault).find((found) => found !== undefined);
    return message === undefined ? { ok, outputs, ...times } : { ok: false, fault: 'model_failed', message };
  }
  if (ok !== false) throw malformed('ok', 'be true or false', ok);
  if (fault === 'output_too_large') return { ok, fault, bytes: countOf(rest.bytes, 'bytes', 0) };
  const message = textOf(rest.message, 'message');
  if (fault === 'model_failed') return { ok, fault, message: describeRefusal(message) };
  if (fault === 'model_timeout') return { ok, fault, message: describeRefusal(message), ended: true };
  if (fault === 'ours') throw new Error(`the run function failed: ${message}`);
  throw malformed('fault', 'be one that run functions tell', fault);
};

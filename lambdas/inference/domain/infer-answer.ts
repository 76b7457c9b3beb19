// What a call is answered: JSON, and after it the tensors that were asked for in binary.
import { DomainError } from '../../shared/kernel/errors.ts';
import { type AnswerCoding, packAnswer } from './answer-coding.ts';
import { classify } from './classify.ts';
import { DECODED_LIMIT_BYTES } from './content-coding.ts';
import type { RequestedOutput } from './infer-request.ts';
import { formatJsonData } from './json-data.ts';
import type { Tensor } from './tensor.ts';

/** Largest encoded answer: what a function may return, less room for headers. */
export const ANSWER_LIMIT_BYTES = 5_900_000;

export interface EncodedAnswer {
  /** Text when all of it is JSON, and not packed. */
  readonly body: string | Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

const vary = { vary: 'accept-encoding' };
const jsonHeaders = { 'content-type': 'application/json', ...vary };

/** Largest answer before it is packed: as large as a request may unpack to. */
const UNPACKED_LIMIT_BYTES = DECODED_LIMIT_BYTES;

interface AnsweredCall {
  readonly model: string;
  readonly version: string;
  readonly id: string | undefined;
  readonly requested: readonly RequestedOutput[];
  /** Rows of the call, for the advice when the answer is too large. */
  readonly rowCount: number;
  readonly coding: AnswerCoding;
}

/**
 * @param outputs - the run's, one for each requested, in that order
 * @throws DomainError output_too_large
 */
export const encodeInferAnswer = (call: AnsweredCall, outputs: readonly Tensor[]): EncodedAnswer => {
  const { body, headers } = writeBody(call, outputs);
  const unpackedBytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  if (unpackedBytes > UNPACKED_LIMIT_BYTES) throw outputTooLarge(unpackedBytes, call.rowCount, UNPACKED_LIMIT_BYTES);
  if (call.coding.name === 'identity' && typeof body === 'string' && unpackedBytes * 2 <= ANSWER_LIMIT_BYTES) {
    return { body, headers: jsonHeaders };
  }
  const packed = packAnswer(body, call.coding);
  const { name, identityAllowed } = call.coding;
  if (packed && base64Bytes(packed.length) <= ANSWER_LIMIT_BYTES) {
    return { body: packed, headers: { ...headers, ...vary, 'content-encoding': name } };
  }
  // Text that hardly packs may fit as it is: bytes travel as base64, text does not.
  const bytes = packed && !identityAllowed ? base64Bytes(packed.length) : payloadBytes(body);
  if (bytes > ANSWER_LIMIT_BYTES) throw outputTooLarge(bytes, call.rowCount);
  return { body, headers: { ...headers, ...vary } };
};

const writeBody = (call: AnsweredCall, outputs: readonly Tensor[]): EncodedAnswer => {
  const binaries: Uint8Array[] = [];
  const described = call.requested.map((requested, index) => {
    const output = outputs[index];
    if (output?.name !== requested.name) throw new Error(`the run must give '${requested.name}' at ${index}`);
    const { classes } = requested;
    const { name, datatype, shape, data } = classes ? classify(output, classes.spec, classes.count) : output;
    const head = `{"name":${quoted(name)},"datatype":"${datatype}","shape":[${shape.join(',')}]`;
    if (!requested.binary) return `${head},"data":${formatJsonData(datatype, data)}}`;
    binaries.push(data);
    return `${head},"parameters":{"binary_data_size":${data.length}}}`;
  });
  const id = call.id === undefined ? '' : `,"id":${JSON.stringify(call.id)}`;
  const json = `{"model_name":${quoted(call.model)},"model_version":${quoted(call.version)}${id},"outputs":[${described.join(',')}]}`;
  if (!call.requested.some(({ binary }) => binary)) {
    return { body: json, headers: { 'content-type': 'application/json' } };
  }
  const head = Buffer.from(json);
  return {
    body: Buffer.concat([head, ...binaries]),
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(head.length),
    },
  };
};

/** Names of models, versions and outputs come again and again. */
const quotedNames = new Map<string, string>();
const MAX_QUOTED = 2_000;

const quoted = (name: string): string => {
  const known = quotedNames.get(name);
  if (known !== undefined) return known;
  const made = JSON.stringify(name);
  if (quotedNames.size >= MAX_QUOTED) quotedNames.clear();
  quotedNames.set(name, made);
  return made;
};

/** A function's answer is JSON itself, so bytes travel as base64. */
const base64Bytes = (bytes: number): number => Math.ceil(bytes / 3) * 4;

/** Bytes of the body inside the function's JSON, where quotes and backslashes of text take two. */
const payloadBytes = (body: string | Uint8Array): number => {
  if (typeof body !== 'string') return base64Bytes(body.length);
  const bytes = Buffer.byteLength(body);
  return bytes * 2 <= ANSWER_LIMIT_BYTES ? bytes : Buffer.byteLength(JSON.stringify(body));
};

/** @param bytes - of the encoded answer, as far as known */
export const outputTooLarge = (bytes: number, rowCount: number, limitBytes = ANSWER_LIMIT_BYTES): DomainError => {
  const rows = Math.floor((rowCount * limitBytes) / bytes);
  const advice = rows >= 1 && rowCount > 1 ? `send at most about ${rows} rows a call` : 'ask for fewer outputs';
  return new DomainError(
    'too_large',
    'output_too_large',
    `the encoded answer must be at most ${limitBytes} bytes, got ${bytes}: ${advice}`,
  );
};

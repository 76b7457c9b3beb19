// What a call is answered: JSON, and after it the tensors that were asked for in binary.
import { DomainError } from '../../shared/kernel/errors.ts';
import type { RequestedOutput } from './infer-request.ts';
import { formatJsonData } from './json-data.ts';
import type { Tensor } from './tensor.ts';

/** Largest encoded answer: what a function may return, less room for headers. */
export const ANSWER_LIMIT_BYTES = 5_900_000;

export interface EncodedAnswer {
  /** Text when all of it is JSON. */
  readonly body: string | Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * @param outputs - the run's, one for each requested, in that order
 * @param rowCount - rows of the call, for the advice when the answer is too large
 * @throws DomainError output_too_large
 */
export const encodeInferAnswer = (
  call: {
    readonly model: string;
    readonly version: string;
    readonly id: string | undefined;
    readonly requested: readonly RequestedOutput[];
    readonly rowCount: number;
  },
  outputs: readonly Tensor[],
): EncodedAnswer => {
  const binaries: Uint8Array[] = [];
  const described = call.requested.map((requested, index) => {
    const output = outputs[index];
    if (output?.name !== requested.name) throw new Error(`the run must give '${requested.name}' at ${index}`);
    const { name, datatype, shape, data } = output;
    const head = `{"name":${JSON.stringify(name)},"datatype":"${datatype}","shape":[${shape.join(',')}]`;
    if (!requested.binary) return `${head},"data":${formatJsonData(datatype, data)}}`;
    binaries.push(data);
    return `${head},"parameters":{"binary_data_size":${data.length}}}`;
  });
  const id = call.id === undefined ? '' : `,"id":${JSON.stringify(call.id)}`;
  const json = `{"model_name":${JSON.stringify(call.model)},"model_version":${JSON.stringify(call.version)}${id},"outputs":[${described.join(',')}]}`;
  if (!call.requested.some(({ binary }) => binary)) {
    checkSize(payloadBytes(json), call.rowCount);
    return { body: json, headers: { 'content-type': 'application/json' } };
  }
  const head = Buffer.from(json);
  const total = binaries.reduce((sum, data) => sum + data.length, head.length);
  // A function's answer is JSON itself, so bytes travel as base64.
  checkSize(Math.ceil(total / 3) * 4, call.rowCount);
  return {
    body: Buffer.concat([head, ...binaries], total),
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(head.length),
    },
  };
};

/** Bytes of the text as a string inside JSON, where quotes and backslashes take two. */
const payloadBytes = (json: string): number => {
  const bytes = Buffer.byteLength(json);
  return bytes * 2 <= ANSWER_LIMIT_BYTES ? bytes : Buffer.byteLength(JSON.stringify(json));
};

const checkSize = (bytes: number, rowCount: number) => {
  if (bytes > ANSWER_LIMIT_BYTES) throw outputTooLarge(bytes, rowCount);
};

/** @param bytes - of the encoded answer, as far as known */
export const outputTooLarge = (bytes: number, rowCount: number): DomainError => {
  const rows = Math.floor((rowCount * ANSWER_LIMIT_BYTES) / bytes);
  const advice = rows >= 1 && rowCount > 1 ? `send at most about ${rows} rows a call` : 'ask for fewer outputs';
  return new DomainError(
    'too_large',
    'output_too_large',
    `the encoded answer must be at most ${ANSWER_LIMIT_BYTES} bytes, got ${bytes}: ${advice}`,
  );
};

/**
 * Calls of a version that people try it with, and what it answered to them: the publisher's own, or made from the signature.
 *
 * The model answers them where it was tried, in the smoke function. What comes back is believed as answers and as nothing
 * else: bytes of bounded size, written down if they are tensors. A model that refuses a call of its own publisher is refused;
 * one that answers none of those made from its signature has no examples.
 */
import type { SmokeRequest } from '../../inference/contract.ts';
import { madeInputs, writeTensors } from '../../inference/gateway.ts';
import { packCalls, unpackCalls } from '../../shared/executor/prove/tensor-pack.ts';
import type { Signature } from '../../shared/onnx/signature.ts';
import type { Rejection } from '../contract.ts';
import type { ScanSmoke, StoredExamples } from '../ports/scans.ts';
import type { Candidate, Probe, Quarantine } from '../ports.ts';
import { EXAMPLES_LIMIT_BYTES } from '../terms.ts';
import { PRESIGN_SECONDS, sha256Of } from './product.ts';
import { type Example, readExamples, refuseExamples } from './read-examples.ts';

export interface ExamplePorts {
  readonly quarantine: Pick<Quarantine, 'write' | 'presign'>;
  readonly probe: Probe;
  readonly smokeLimits: SmokeRequest['limits'];
}

/** What is to be kept; `smoke`: what was measured on the way. */
export interface TriedExamples {
  readonly document: { readonly bytes: Uint8Array; readonly kept: StoredExamples } | undefined;
  readonly smoke: ScanSmoke | undefined;
}

const ANSWER_BYTES = 2_097_152;
/** Of one made call: larger ones are nothing to read. */
const MADE_BYTES = 16_384;
const MADE_NAME = 'made from the signature';

/** @param given - the text of `examples.json`; undefined: there is none */
export const tryExamples = async (
  ports: ExamplePorts,
  model: {
    readonly url: string;
    readonly file: Pick<Candidate, 'sha256' | 'sizeBytes'>;
    readonly signature: Signature;
  },
  given: string | undefined,
): Promise<TriedExamples | { readonly rejection: Rejection }> => {
  const { signature } = model;
  const examples = given === undefined ? undefined : readExamples(given, signature);
  if (examples && 'rejection' in examples) return examples;
  const calls = examples ?? madeInputs(signature, MADE_BYTES).map((inputs) => ({ name: MADE_NAME, inputs }));
  // Such as have no JSON form cannot be told.
  const tellable = calls.filter(({ inputs }) => writeTensors(inputs) !== undefined);
  if (tellable.length === 0) return { document: undefined, smoke: undefined };
  const answered = await answer(ports, model, tellable);
  if ('refused' in answered) {
    if (!examples) return { document: undefined, smoke: undefined };
    const message = `the model must answer the examples, and did not: ${answered.refused}`;
    return { rejection: refuseExamples('', message) };
  }
  const missing = examples ? answered.findIndex(({ outputs }) => outputs === undefined) : -1;
  if (missing >= 0) {
    const message = `the model must answer example '${tellable[missing]?.name}': it refused it, or all answers take more than ${ANSWER_BYTES} bytes`;
    return { rejection: refuseExamples(`/${missing}`, message) };
  }
  const told = examples ? answered : answered.filter(({ outputs }) => outputs !== undefined).slice(0, 1);
  if (told.length === 0) return { document: undefined, smoke: undefined };
  return { document: documentOf(told, examples === undefined), smoke: smokeOf(told) };
};

interface Answered extends Example {
  readonly outputs: Example['inputs'] | undefined;
  readonly runMs: number | undefined;
}

const answer = async (
  { quarantine, probe, smokeLimits: limits }: ExamplePorts,
  { url, file, signature }: Parameters<typeof tryExamples>[1],
  calls: readonly Example[],
): Promise<Answered[] | { readonly refused: string }> => {
  const bytes = packCalls(calls.map(({ inputs }) => ({ timed: true, tensors: inputs })));
  const sha256 = sha256Of(bytes);
  const key = `candidates/${file.sha256}/${sha256}`;
  await quarantine.write(key, bytes, sha256);
  const packed = { url: await quarantine.presign(key, PRESIGN_SECONDS), sha256, sizeBytes: bytes.length };
  const report = await probe({
    url,
    sha256: file.sha256,
    sizeBytes: file.sizeBytes,
    probe: { calls: packed, answerBytes: ANSWER_BYTES },
    signature,
    limits,
  });
  if (!report.ok) return { refused: `${report.rule}: ${report.message.slice(0, 500)}` };
  const answers = unpackCalls(Buffer.from(report.answers, 'base64')) ?? [];
  return calls.map((call, index) => ({
    ...call,
    outputs: answers[index]?.tensors ?? undefined,
    runMs: report.runMs?.find((one) => one.call === index)?.ms,
  }));
};

/** What `GET …/examples` answers, as it lies in the bucket. Answers that are no tensors, or too long together, are left out. */
const documentOf = (told: readonly Answered[], isMade: boolean): NonNullable<TriedExamples['document']> => {
  let leftBytes = EXAMPLES_LIMIT_BYTES;
  const items = told.map(({ name, inputs, outputs }) => {
    const written = outputs && writeTensors(outputs);
    const isKept = written !== undefined && written.length <= leftBytes;
    if (isKept) leftBytes -= written.length;
    return `{"name":${JSON.stringify(name)},"inputs":${writeTensors(inputs)},"outputs":${isKept ? written : 'null'}}`;
  });
  const bytes = Buffer.from(`{"made":${isMade},"items":[${items.join(',')}]}`);
  const sha256 = sha256Of(bytes);
  const kept = { key: `sha256/${sha256}`, sha256, sizeBytes: bytes.length, count: told.length, made: isMade };
  return { bytes, kept };
};

const smokeOf = (told: readonly Answered[]): ScanSmoke => {
  const times = told.flatMap(({ runMs }) => runMs ?? []).sort((a, b) => a - b);
  return { exampleCount: told.length, medianMs: times[Math.floor(times.length / 2)] ?? null };
};

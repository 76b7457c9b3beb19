/**
 * Has onnxruntime write a version's artifact in its own format, and proves the result.
 *
 * Only the smoke function may have onnxruntime load what a stranger made, so the file is written there, and leaves by a
 * form that is signed here for one key and a bounded size. Nothing that comes back is believed: it is read, hashed and
 * looked at, then loaded and run where the original was, and the answers are compared here. What is served is exactly
 * the object that passed, and it is run only where the original may run: in `run-*`.
 */
import { createHash } from 'node:crypto';
import { differenceOf } from '../../shared/executor/prove/compare-answers.ts';
import { unpackCalls } from '../../shared/executor/prove/tensor-pack.ts';
import type { Candidate } from '../ports.ts';
import { type Outcome, PRESIGN_SECONDS, type ProductPorts, type Subject } from './product.ts';

/**
 * Smaller ones load within some 20 ms as they are. Weights where they lie are multiplied in another order than weights
 * that were laid out anew, so that last bits differ: not worth it for those.
 */
const LEAST_BYTES = 4_194_304;
/** A function's scratch space has 512 MiB, in smoke and in `run-*`. */
const LIMIT_BYTES = 419_430_400;
const ANSWER_BYTES = 2_097_152;
/** Of the original's time to load: what gains less is not worth a second file. */
const WORTHWHILE = 0.5;

/** Where and what a file of that format says it is: https://flatbuffers.dev, `file_identifier`. */
const MAGIC = { at: 4, text: 'ORTM' };

export const makeOrt = async (ports: ProductPorts, { signature, artifact }: Subject): Promise<Outcome> => {
  const { sizeBytes, sha256 } = artifact;
  if (sizeBytes < LEAST_BYTES) return { reason: `a model of less than ${LEAST_BYTES} bytes loads as fast as it is` };
  // Folded constants, and graphs of many nodes, are larger in that format.
  const limitBytes = Math.min(3 * sizeBytes, LIMIT_BYTES);
  if (sizeBytes > limitBytes) return { reason: `a model of ${sizeBytes} bytes, more than ${LIMIT_BYTES}` };
  const key = `candidates/${sha256}/${ports.clock()}.ort`;
  const ask = { signature, limits: ports.smokeLimits };
  const form = await ports.quarantine.form(key, { sizeBytes: limitBytes, lifeSeconds: PRESIGN_SECONDS });
  const original = await ports.probe({
    url: await ports.artifacts.presign(artifact.key, PRESIGN_SECONDS),
    sha256,
    sizeBytes,
    probe: { answerBytes: ANSWER_BYTES, ort: { ...form, limitBytes } },
    ...ask,
  });
  if (!original.ok) return { reason: `onnxruntime did not write it: ${original.rule}` };
  const candidate = await inspect(ports, key, limitBytes);
  if (!candidate) return { reason: 'what onnxruntime wrote is no file of its format' };
  const written = await ports.probe({
    url: await ports.quarantine.presign(key, PRESIGN_SECONDS),
    sha256: candidate.sha256,
    sizeBytes: candidate.sizeBytes,
    probe: { answerBytes: ANSWER_BYTES, format: 'ort' },
    ...ask,
  });
  if (!written.ok) return { reason: `onnxruntime did not run what it wrote: ${written.rule}` };
  const difference = differenceOf(answersOf(original.answers), answersOf(written.answers));
  if (difference !== undefined) return { reason: `not proven equal: ${difference}` };
  if (written.loadMs > original.loadMs * WORTHWHILE) return { reason: 'it loads hardly faster' };
  const product = { key: `sha256/${candidate.sha256}`, sha256: candidate.sha256, sizeBytes: candidate.sizeBytes };
  await ports.artifacts.keep(candidate, product.key);
  return product;
};

const answersOf = (base64: string) => unpackCalls(Buffer.from(base64, 'base64')) ?? [];

/** Pins what was sent to the form, and hashes it. @returns undefined when it is too large or of no such format */
const inspect = async (
  { quarantine }: ProductPorts,
  key: string,
  limitBytes: number,
): Promise<Candidate | undefined> => {
  const { versionId, sizeBytes } = await quarantine.pin(key);
  if (sizeBytes > limitBytes) return undefined;
  const hash = createHash('sha256');
  const end = MAGIC.at + MAGIC.text.length;
  let start = Buffer.alloc(0);
  for await (const chunk of quarantine.read(key, versionId)) {
    if (start.length < end) start = Buffer.concat([start, chunk.subarray(0, end - start.length)]);
    hash.update(chunk);
  }
  if (start.toString('latin1', MAGIC.at) !== MAGIC.text) return undefined;
  return { key, versionId, sha256: hash.digest('hex'), sizeBytes };
};

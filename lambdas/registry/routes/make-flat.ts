/**
 * Compiles a version's artifact for the TypeScript executor, and proves the result.
 *
 * The proof needs the original's answers, and only the smoke function may run that. So the made-up inputs go there as a
 * pack of bytes, the process that tries models answers them on one thread, and the answers come back to be compared
 * here: a model that found its way out of onnxruntime can say of itself what it likes, but the verdict is ours, over
 * bytes of bounded size. Times cannot be checked so, and have to be taken on one machine, side by side; hence the
 * compiled model goes along. A lie about them gains little: the executor runs it as long as its work allows, no longer.
 */
import type { SignedFile } from '../../inference/contract.ts';
import { compileModel } from '../../shared/executor/compile/compile-model.ts';
import { type BinaryTensor, fromBinary, toBinary } from '../../shared/executor/prove/binary-tensor.ts';
import { judgeAnswers } from '../../shared/executor/prove/judge-answers.ts';
import { makeProbes, type Probe } from '../../shared/executor/prove/make-probes.ts';
import { packCalls, unpackCalls } from '../../shared/executor/prove/tensor-pack.ts';
import { rowLimitOf } from '../domain/row-limit.ts';
import { type Outcome, PRESIGN_SECONDS, type ProductPorts, type Subject, sha256Of } from './product.ts';

/** The compiler holds the model several times over. */
const COMPILE_LIMIT_BYTES = 33_554_432;
const ANSWER_BYTES = 2_097_152;
const ROUNDS = 4;
/** Answers are packed with an outline: half is left for it. About a second of the executor's work. */
const BUDGET = { inputBytes: 8_388_608, outputBytes: ANSWER_BYTES / 2, work: 1_000_000_000 };

export const makeFlat = async (ports: ProductPorts, { signature, artifact }: Subject): Promise<Outcome> => {
  if (artifact.sizeBytes > COMPILE_LIMIT_BYTES) {
    return { reason: `a model of ${artifact.sizeBytes} bytes, more than ${COMPILE_LIMIT_BYTES}` };
  }
  const compiled = compileModel(await readArtifact(ports, artifact));
  if (!compiled.supported) return { reason: compiled.reason };
  const { bytes, work } = compiled;
  const seed = Number.parseInt(artifact.sha256.slice(0, 8), 16);
  const probes = makeProbes(bytes, { seed, rounds: ROUNDS, timed: true, budget: BUDGET });
  if (!probes.some(({ timed }) => timed)) return { reason: 'one row is too much work, or too large, to be tried' };
  const sha256 = sha256Of(bytes);
  const report = await ports.probe({
    url: await ports.artifacts.presign(artifact.key, PRESIGN_SECONDS),
    sha256: artifact.sha256,
    sizeBytes: artifact.sizeBytes,
    probe: {
      calls: await candidate(ports, artifact.sha256, packProbes(probes)),
      compiled: await candidate(ports, artifact.sha256, bytes),
      answerBytes: ANSWER_BYTES,
    },
    signature,
    limits: ports.smokeLimits,
  });
  if (!report.ok) return { reason: `onnxruntime did not answer the proof: ${report.rule}` };
  const answers = unpackCalls(Buffer.from(report.answers, 'base64')) ?? [];
  const proof = await judgeAnswers(bytes, probes, (_probe, index, names) => {
    const tensors = answers[index]?.tensors;
    return tensors ? names.map((name) => tensorOf(tensors, name)) : undefined;
  });
  if (!proof.proven) return { reason: `not proven equal: ${proof.difference}` };
  const timed = report.timings.flatMap(({ call, nativeMs, compiledMs }) => {
    const probe = probes[call];
    return probe?.timed ? [{ rows: probe.rows, nativeMs, compiledMs }] : [];
  });
  const rowLimit = rowLimitOf(timed, work);
  if (rowLimit === undefined) return { reason: 'onnxruntime is faster at one row already' };
  const key = `sha256/${sha256}`;
  await ports.artifacts.write(key, bytes, sha256);
  return { key, sha256, sizeBytes: bytes.length, rowLimit };
};

const readArtifact = async ({ artifacts }: ProductPorts, { key, sha256, sizeBytes }: Subject['artifact']) => {
  const whole = new Uint8Array(sizeBytes);
  let length = 0;
  for await (const chunk of artifacts.read(key)) {
    if (length + chunk.length <= sizeBytes) whole.set(chunk, length);
    length += chunk.length;
  }
  if (length !== sizeBytes || sha256Of(whole) !== sha256)
    throw new Error(`the artifact ${key} must be what it is called`);
  return whole;
};

/** Puts bytes to where the smoke function can fetch them. */
const candidate = async (
  { quarantine }: ProductPorts,
  artifactSha256: string,
  bytes: Uint8Array,
): Promise<SignedFile> => {
  const sha256 = sha256Of(bytes);
  const key = `candidates/${artifactSha256}/${sha256}`;
  await quarantine.write(key, bytes, sha256);
  return { url: await quarantine.presign(key, PRESIGN_SECONDS), sha256, sizeBytes: bytes.length };
};

const packProbes = (probes: readonly Probe[]): Uint8Array =>
  packCalls(
    probes.map(({ timed, inputs }) => ({
      timed,
      tensors: Object.entries(inputs).map(([name, tensor]) => toBinary(name, tensor)),
    })),
  );

const tensorOf = (tensors: readonly BinaryTensor[], name: string) => {
  const tensor = tensors.find((one) => one.name === name);
  return tensor && fromBinary(tensor);
};

// Examples of a version that is scanned: read from where they were pinned, tried, and kept beside the artifact.
import type { Signature } from '../../shared/onnx/signature.ts';
import type { Rejection } from '../contract.ts';
import type { ObjectHolds } from '../ports/life.ts';
import type { Artifacts, Candidate, Quarantine, Version } from '../ports.ts';
import { EXAMPLES_FILE, EXAMPLES_LIMIT_BYTES } from '../terms.ts';
import { holdObject } from './hold-object.ts';
import { type ExamplePorts, type TriedExamples, tryExamples } from './make-examples.ts';
import { PRESIGN_SECONDS } from './product.ts';
import { refuseExamples } from './read-examples.ts';
import { candidateOf } from './scan-files.ts';

interface KeepPorts {
  readonly artifacts: Pick<Artifacts, 'write'>;
  readonly holds: Pick<ObjectHolds, 'hold'>;
}

/** The publisher's own examples, read again as they were pinned and scanned; or some made from the signature. */
export const answerExamples = async (
  ports: ExamplePorts & { readonly quarantine: Pick<Quarantine, 'read'> },
  version: Version,
  { candidate, signature }: { readonly candidate: Candidate; readonly signature: Signature },
): Promise<TriedExamples | { readonly rejection: Rejection }> => {
  const url = await ports.quarantine.presign(candidate.key, PRESIGN_SECONDS);
  const model = { url, file: candidate, signature };
  const file = version.files.find(({ path }) => path === EXAMPLES_FILE);
  if (!file) return tryExamples(ports, model, undefined);
  if (file.sizeBytes > EXAMPLES_LIMIT_BYTES) {
    const message = `'${EXAMPLES_FILE}' must have at most ${EXAMPLES_LIMIT_BYTES} bytes, got ${file.sizeBytes}`;
    return { rejection: refuseExamples('', message) };
  }
  const { key, versionId } = candidateOf(version, file);
  const chunks: Uint8Array[] = [];
  for await (const chunk of ports.quarantine.read(key, versionId)) chunks.push(chunk);
  return tryExamples(ports, model, Buffer.concat(chunks).toString('utf8'));
};

export const keepExamples = async (
  { artifacts, holds }: KeepPorts,
  version: Version,
  document: TriedExamples['document'],
) => {
  if (!document) return undefined;
  const { bytes, kept } = document;
  await holdObject(holds, kept.key, version);
  await artifacts.write(kept.key, bytes, kept.sha256);
  return kept;
};

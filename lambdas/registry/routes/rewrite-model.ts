/**
 * A model that is served as other bytes than were uploaded: with the data of its tensors inside, and without ZipMaps. What
 * comes of it passes the scanner again, whoever wrote it, and lies beside the uploads as an object of its own.
 */
import { createHash } from 'node:crypto';
import type { ExternalTensor } from '../../shared/onnx/external-data.ts';
import { fillFrom, planRepack, type RepackPlan, repackedSize } from '../../shared/onnx/repack-external.ts';
import type { Rejection } from '../contract.ts';
import type { RejectionRule } from '../domain/rejection-rules.ts';
import type { Candidate, ModelScan, Quarantine, ScanReport, Version } from '../ports.ts';
import { MODEL_FILE } from '../terms.ts';

export interface RewritePorts {
  readonly quarantine: Pick<Quarantine, 'read' | 'write'>;
  readonly createScan: (options?: { readonly allowExternal: boolean }) => ModelScan;
  /** Ends the graph in plain tensors (shared/onnx/cut-zipmap.ts). @param model - bytes that passed the scan */
  readonly cutZipMaps: (model: Uint8Array) => Uint8Array;
}

/** A rewritten model is held in memory twice. */
export const CUT_LIMIT_BYTES = 384 * 1_048_576;

const refuse = (rule: RejectionRule, message: string): { rejection: Rejection } => ({
  rejection: { rule, message, path: MODEL_FILE },
});

/** @returns the model with room for its tensors' data, to be filled from each file */
export const beginRepack = async (
  { quarantine }: Pick<RewritePorts, 'quarantine'>,
  upload: Candidate,
  externals: readonly ExternalTensor[],
): Promise<RepackPlan | { rejection: Rejection }> => {
  const sizeBytes = repackedSize(upload.sizeBytes, externals);
  if (sizeBytes > CUT_LIMIT_BYTES) {
    const message = `a model whose data lies in other files must have at most ${CUT_LIMIT_BYTES} bytes with them, got ${sizeBytes}; upload it as one file`;
    return refuse('external_too_large', message);
  }
  return planRepack(await readWhole(quarantine, upload), externals);
};

export { fillFrom, type RepackPlan };

/** The bytes as they are scanned anew. @throws Error when they hold data elsewhere */
export const rescan = (ports: Pick<RewritePorts, 'createScan'>, bytes: Uint8Array): ScanReport => {
  const scan = ports.createScan();
  scan.push(bytes);
  return scan.finish();
};

/** The model without its ZipMaps. @param repacked - undefined: it is as it was uploaded */
export const cut = async (
  ports: RewritePorts,
  upload: Candidate,
  repacked: Uint8Array | undefined,
): Promise<Uint8Array | { rejection: Rejection }> => {
  if (upload.sizeBytes > CUT_LIMIT_BYTES) {
    const message = `a model that ends in a ZipMap must have at most ${CUT_LIMIT_BYTES} bytes, got ${upload.sizeBytes}; export it without (options={'zipmap': False})`;
    return refuse('zip_map_too_large', message);
  }
  const bytes = ports.cutZipMaps(repacked ?? (await readWhole(ports.quarantine, upload)));
  const report = rescan(ports, bytes);
  if (!report.ok || report.zipMaps > 0) throw new Error('a model whose ZipMaps were cut must pass the scan');
  return bytes;
};

export const keepCandidate = async (
  { quarantine }: Pick<RewritePorts, 'quarantine'>,
  version: Version,
  bytes: Uint8Array,
): Promise<Candidate> => {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const key = `candidates/${version.ownerAccountId}/${version.model}/${version.version}/${sha256}`;
  await quarantine.write(key, bytes, sha256);
  return { key, versionId: undefined, sha256, sizeBytes: bytes.length };
};

const readWhole = async (quarantine: Pick<Quarantine, 'read'>, upload: Candidate): Promise<Uint8Array> => {
  const whole = new Uint8Array(upload.sizeBytes);
  let length = 0;
  for await (const chunk of quarantine.read(upload.key, upload.versionId)) {
    whole.set(chunk, length);
    length += chunk.length;
  }
  return whole;
};

/**
 * What the scan function does with a completed version: reads the pinned upload once through SHA-256 and the scanner,
 * has the smoke function try it, keeps it under its hash. Every step may be repeated: a redelivery goes on where the
 * last one ended, and a version that is settled stays as it is.
 */
import { createHash } from 'node:crypto';
import type { SmokeReport } from '../../inference/contract.ts';
import type { Signature } from '../../shared/onnx/signature.ts';
import type { Rejection } from '../contract.ts';
import { laneFor, MEMORY_LIMIT_BYTES } from '../domain/lane.ts';
import type { RejectionRule } from '../domain/rejection-rules.ts';
import { settleBatchInput, sharpen } from '../domain/settle-signature.ts';
import { nextState } from '../domain/version-state.ts';
import type {
  Artifacts,
  Candidate,
  ModelScan,
  Quarantine,
  TrySmoke,
  Validated,
  Version,
  VersionStore,
} from '../ports.ts';

export interface ScanPorts {
  readonly versions: Pick<VersionStore, 'find' | 'settle'>;
  readonly quarantine: Quarantine;
  readonly artifacts: Artifacts;
  readonly smoke: TrySmoke;
  readonly smokeLimits: ReturnType<typeof smokeLimits>;
  readonly createScan: () => ModelScan;
  /** Ends the graph in plain tensors (shared/onnx/cut-zipmap.ts). @param model - bytes that passed the scan */
  readonly cutZipMaps: (model: Uint8Array) => Uint8Array;
  readonly clock: () => number;
}

/** How it ended; `skipped`: there was nothing to do. */
export type ScanOutcome =
  | { readonly outcome: 'validated' | 'skipped' }
  | { readonly outcome: 'rejected'; readonly rule: string };

const SMOKE_TIMEOUT_MS = 60_000;
/** Of the smoke function's memory, what its own process needs: at its limit it would end without a report. */
const SMOKE_OWN_MIB = 448;

/** What a trial run may take in a smoke function of that memory. */
export const smokeLimits = (memoryMiB: number) => ({
  memoryBytes: (memoryMiB - SMOKE_OWN_MIB) * 1_048_576,
  timeoutMs: SMOKE_TIMEOUT_MS,
});
const PRESIGN_SECONDS = 300;
/** A rewritten model is held in memory twice. */
export const CUT_LIMIT_BYTES = 384 * 1_048_576;

/** It is kept in one item of the table and told with every version. */
const SIGNATURE_LIMIT_BYTES = 131_072;

const signatureBytes = (signature: Signature) => Buffer.byteLength(JSON.stringify(signature));

const signatureTooLarge = ({ file }: Version): Rejection => ({
  ...own('signature_too_large'),
  message: `the inputs and outputs, written as JSON, must have at most ${SIGNATURE_LIMIT_BYTES} bytes`,
  path: file.path,
});

/** Only rules that are documented. */
const own = (rule: RejectionRule) => ({ rule });

type Verdict = { readonly validated: Validated } | { readonly rejection: Rejection };

export const scanVersion =
  (ports: ScanPorts) =>
  async ({ model, version: name }: { readonly model: string; readonly version: string }): Promise<ScanOutcome> => {
    const version = await ports.versions.find(model, name);
    if (version?.state !== 'scanning') return { outcome: 'skipped' };
    return settle(ports, version, await judge(ports, version));
  };

/** For what fails for ever: the publisher is told, instead of waiting for a scan that never ends. */
export const rejectUnscanned =
  (ports: Pick<ScanPorts, 'versions' | 'clock'>) =>
  async ({ model, version: name }: { readonly model: string; readonly version: string }): Promise<ScanOutcome> => {
    const version = await ports.versions.find(model, name);
    if (version?.state !== 'scanning') return { outcome: 'skipped' };
    const message =
      'the scan failed several times on our side; make a new version, and tell the operator if it stays so';
    return settle(ports, version, { rejection: { ...own('scan_failed'), message } });
  };

const settle = async (
  { versions, clock }: Pick<ScanPorts, 'versions' | 'clock'>,
  version: Version,
  verdict: Verdict,
): Promise<ScanOutcome> => {
  const rejected = 'rejection' in verdict;
  const state = nextState(version.state, rejected ? 'reject' : 'validate');
  if (state === undefined) return { outcome: 'skipped' };
  const settled = { ...version, ...verdict, state, revision: version.revision + 1, updatedAtMs: clock() };
  // Not stored means that another delivery settled it first.
  if (!(await versions.settle(settled))) return { outcome: 'skipped' };
  return rejected ? { outcome: 'rejected', rule: verdict.rejection.rule } : { outcome: 'validated' };
};

const judge = async (ports: ScanPorts, version: Version): Promise<Verdict> => {
  const scanned = await readUpload(ports, version);
  if ('rejection' in scanned) return scanned;
  const settled = settleBatchInput(scanned.signature, version.batchInput);
  if (settled.refusal) return { rejection: { ...settled.refusal, path: version.file.path } };
  if (signatureBytes(settled.signature) > SIGNATURE_LIMIT_BYTES) return { rejection: signatureTooLarge(version) };
  const candidate = scanned.zipMaps > 0 ? await cut(ports, version, scanned.candidate) : scanned.candidate;
  if ('rejection' in candidate) return candidate;
  const report = await tryCandidate(ports, candidate, settled.signature);
  if (!report.ok) return { rejection: { rule: report.rule, message: report.message, path: version.file.path } };
  const lane = laneFor(report.envelope);
  if (lane === undefined) {
    const message = `loading and one run must take at most ${MEMORY_LIMIT_BYTES} bytes, got ${report.envelope.peakBytes}`;
    return { rejection: { ...own('too_much_memory'), message, path: version.file.path } };
  }
  const artifact = {
    key: `sha256/${candidate.sha256}`,
    sha256: candidate.sha256,
    sizeBytes: candidate.sizeBytes,
  };
  await ports.artifacts.keep(candidate, artifact.key);
  const signature = sharpen(settled.signature, report.outputs);
  if (signatureBytes(signature) > SIGNATURE_LIMIT_BYTES) return { rejection: signatureTooLarge(version) };
  return { validated: { signature, artifact, envelope: report.envelope, lane } };
};

type Scanned = { readonly signature: Signature; readonly zipMaps: number; readonly candidate: Candidate };

const readUpload = async (ports: ScanPorts, version: Version): Promise<Scanned | { rejection: Rejection }> => {
  const { file, upload, pinnedVersionId } = version;
  const hash = createHash('sha256');
  const scan = ports.createScan();
  let sizeBytes = 0;
  for await (const chunk of ports.quarantine.read(upload.key, pinnedVersionId)) {
    hash.update(chunk);
    scan.push(chunk);
    sizeBytes += chunk.length;
  }
  const sha256 = hash.digest('hex');
  if (sha256 !== file.sha256 || sizeBytes !== file.sizeBytes) {
    const message = `the file must be the ${file.sizeBytes} bytes with SHA-256 ${file.sha256} that were announced, got ${sizeBytes} with ${sha256}`;
    return { rejection: { ...own('hash_mismatch'), message, path: file.path } };
  }
  const report = scan.finish();
  if (!report.ok) {
    const { rule, message, path: element, offset } = report.rejection;
    return { rejection: { rule, message, path: file.path, ...(element === '' ? {} : { element }), offset } };
  }
  const candidate = { key: upload.key, versionId: pinnedVersionId, sha256, sizeBytes };
  return { signature: report.signature, zipMaps: report.zipMaps, candidate };
};

/** The model without its ZipMaps, as an object of its own beside the uploads. */
const cut = async (
  ports: ScanPorts,
  version: Version,
  upload: Candidate,
): Promise<Candidate | { rejection: Rejection }> => {
  if (upload.sizeBytes > CUT_LIMIT_BYTES) {
    const message = `a model that ends in a ZipMap must have at most ${CUT_LIMIT_BYTES} bytes, got ${upload.sizeBytes}; export it without (options={'zipmap': False})`;
    return { rejection: { ...own('zip_map_too_large'), message, path: version.file.path } };
  }
  const whole = new Uint8Array(upload.sizeBytes);
  let length = 0;
  for await (const chunk of ports.quarantine.read(upload.key, upload.versionId)) {
    whole.set(chunk, length);
    length += chunk.length;
  }
  const bytes = ports.cutZipMaps(whole);
  // What is served has itself passed the scanner, whoever wrote it.
  const scan = ports.createScan();
  scan.push(bytes);
  const report = scan.finish();
  if (!report.ok || report.zipMaps > 0) throw new Error('a model whose ZipMaps were cut must pass the scan');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const key = `candidates/${version.ownerAccountId}/${version.model}/${version.version}/${sha256}`;
  await ports.quarantine.write(key, bytes, sha256);
  return { key, versionId: undefined, sha256, sizeBytes: bytes.length };
};

/** The URL names no object version: the smoke function's network lets it read current objects only, and it checks the hash. */
const tryCandidate = async (
  { quarantine, smoke, smokeLimits: limits }: ScanPorts,
  { key, sha256, sizeBytes }: Candidate,
  signature: Signature,
): Promise<SmokeReport> => {
  const url = await quarantine.presign(key, PRESIGN_SECONDS);
  return smoke({ url, sha256, sizeBytes, signature, limits });
};

/**
 * What the scan function does with a completed version: reads the pinned upload once through SHA-256 and the scanner,
 * has the smoke function try it, keeps it under its hash, and makes what serves it faster. Every step may be repeated: a redelivery goes on where the
 * last one ended, and a version that is settled stays as it is.
 */
import { createHash } from 'node:crypto';
import type { SmokeReport } from '../../inference/contract.ts';
import { checkExternals, type ExternalTensor } from '../../shared/onnx/external-data.ts';
import { ModelRejection } from '../../shared/onnx/rejection.ts';
import type { Signature } from '../../shared/onnx/signature.ts';
import type { Rejection } from '../contract.ts';
import { laneFor, MEMORY_LIMIT_BYTES } from '../domain/lane.ts';
import type { RejectionRule } from '../domain/rejection-rules.ts';
import { findingsOf } from '../domain/scan-findings.ts';
import { settleBatchInput, sharpen } from '../domain/settle-signature.ts';
import { nextState } from '../domain/version-state.ts';
import type { ObjectHolds } from '../ports/life.ts';
import type { ScanResult } from '../ports/scans.ts';
import type {
  Artifacts,
  Candidate,
  Quarantine,
  ScanReport,
  TrySmoke,
  Validated,
  Version,
  VersionFile,
  VersionStore,
} from '../ports.ts';
import { MODEL_FILE } from '../terms.ts';
import { UploadGone } from '../upload-gone.ts';
import { holdObject } from './hold-object.ts';
import type { ExamplePorts } from './make-examples.ts';
import type { MakeProducts } from './make-products.ts';
import { beginRepack, cut, fillFrom, keepCandidate, type RewritePorts, rescan } from './rewrite-model.ts';
import { answerExamples, keepExamples } from './scan-examples.ts';
import { candidateOf, hashMismatch, scanFile } from './scan-files.ts';
import { type SignPorts, signManifest } from './sign-manifest.ts';

export interface ScanPorts extends RewritePorts, SignPorts, ExamplePorts {
  readonly versions: Pick<VersionStore, 'find' | 'settle'>;
  readonly quarantine: Pick<Quarantine, 'read' | 'write' | 'presign'>;
  readonly artifacts: Pick<Artifacts, 'keep' | 'write'>;
  readonly holds: Pick<ObjectHolds, 'hold'>;
  readonly smoke: TrySmoke;
  readonly smokeLimits: ReturnType<typeof smokeLimits>;
  readonly makeProducts: MakeProducts;
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
/** It is kept in one item of the table and told with every version. */
const SIGNATURE_LIMIT_BYTES = 131_072;

const signatureBytes = (signature: Signature) => Buffer.byteLength(JSON.stringify(signature));

/** Only rules that are documented. */
const own = (rule: RejectionRule) => ({ rule });

const signatureTooLarge: Rejection = {
  ...own('signature_too_large'),
  message: `the inputs and outputs, written as JSON, must have at most ${SIGNATURE_LIMIT_BYTES} bytes`,
  path: MODEL_FILE,
};

type Verdict = { readonly validated: Validated } | { readonly rejection: Rejection };

/** What is met on the way to the verdict, and told whatever it is. */
type Notes = Pick<ScanResult, 'findings' | 'smoke'> & { readonly warnings: string[] };

export const scanVersion =
  (ports: ScanPorts) =>
  async ({ model, version: name }: { readonly model: string; readonly version: string }): Promise<ScanOutcome> => {
    const version = await ports.versions.find(model, name);
    if (version?.state !== 'scanning') return { outcome: 'skipped' };
    const notes: Writable<Notes> = { warnings: [] };
    const verdict = await judge(ports, version, notes).catch((fault: unknown) => refuseGone(version, fault));
    const scan = { scanner: ports.scanner, atMs: ports.clock(), ...notes };
    return settle(ports, version, { ...verdict, scan });
  };

/** Deleted from quarantine after it was pinned: nothing else is taken for it, and trying again finds it no more. */
const refuseGone = (version: Version, fault: unknown): { readonly rejection: Rejection } => {
  const index = fault instanceof UploadGone ? version.uploads.findIndex(({ key }) => key === fault.key) : -1;
  const path = version.files[index]?.path;
  if (path === undefined) throw fault;
  const message = `'${path}' is not there any more as it was uploaded when the upload was completed; make a new version`;
  return { rejection: { ...own('upload_gone'), message, path } };
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
  verdict: Verdict & { readonly scan?: ScanResult },
): Promise<ScanOutcome> => {
  const rejected = 'rejection' in verdict;
  const state = nextState(version.state, rejected ? 'reject' : 'validate');
  if (state === undefined) return { outcome: 'skipped' };
  const settled = { ...version, ...verdict, state, revision: version.revision + 1, updatedAtMs: clock() };
  // Not stored means that another delivery settled it first.
  if (!(await versions.settle(settled))) return { outcome: 'skipped' };
  return rejected ? { outcome: 'rejected', rule: verdict.rejection.rule } : { outcome: 'validated' };
};

const judge = async (ports: ScanPorts, version: Version, notes: Writable<Notes>): Promise<Verdict> => {
  const scanned = await scanFiles(ports, version, notes);
  if ('rejection' in scanned) return scanned;
  const settled = settleBatchInput(scanned.signature, version.batchInput);
  if (settled.refusal) return { rejection: { ...settled.refusal, path: MODEL_FILE } };
  if (signatureBytes(settled.signature) > SIGNATURE_LIMIT_BYTES) return { rejection: signatureTooLarge };
  const { candidate } = scanned;
  const report = await tryCandidate(ports, candidate, settled.signature);
  if (!report.ok) return { rejection: { rule: report.rule, message: report.message, path: MODEL_FILE } };
  const lane = laneFor(report.envelope);
  if (lane === undefined) {
    const message = `loading and one run must take at most ${MEMORY_LIMIT_BYTES} bytes, got ${report.envelope.peakBytes}`;
    return { rejection: { ...own('too_much_memory'), message, path: MODEL_FILE } };
  }
  const artifact = {
    key: `sha256/${candidate.sha256}`,
    sha256: candidate.sha256,
    sizeBytes: candidate.sizeBytes,
  };
  const signature = sharpen(settled.signature, report.outputs);
  if (signatureBytes(signature) > SIGNATURE_LIMIT_BYTES) return { rejection: signatureTooLarge };
  const tried = await answerExamples(ports, version, { candidate, signature });
  if ('rejection' in tried) return tried;
  notes.smoke = tried.smoke;
  await holdObject(ports.holds, artifact.key, version);
  await ports.artifacts.keep(candidate, artifact.key);
  await keepFiles(ports, version);
  const examples = await keepExamples(ports, version, tried.document);
  const validated = { signature, artifact, envelope: report.envelope, lane, products: [], notMade: [], examples };
  const whole = { ...validated, ...(await ports.makeProducts(validated, version)) };
  return { validated: { ...whole, manifest: await signManifest(ports, version, whole) } };
};

/** What belongs to the model, as it was uploaded. */
const keepFiles = async ({ artifacts, holds }: Pick<ScanPorts, 'artifacts' | 'holds'>, version: Version) => {
  for (const file of version.files) {
    if (file.path === MODEL_FILE) continue;
    const key = `sha256/${file.sha256}`;
    await holdObject(holds, key, version);
    await artifacts.keep(candidateOf(version, file), key);
  }
};

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const modelFileOf = ({ model, version, files }: Version): VersionFile => {
  const file = files.find(({ path }) => path === MODEL_FILE);
  if (!file) throw new Error(`a version without ${MODEL_FILE}: ${model} ${version}`);
  return file;
};

type Refused = Extract<ScanReport, { ok: false }>['rejection'];

/** What is to be tried and served, and the files that belong to it; all of them are what was announced. */
interface Scanned {
  readonly signature: Signature;
  readonly candidate: Candidate;
}

const scanFiles = async (
  ports: ScanPorts,
  version: Version,
  notes: Writable<Notes>,
): Promise<Scanned | { rejection: Rejection }> => {
  const file = modelFileOf(version);
  const upload = candidateOf(version, file);
  const scanned = await readModel(ports, version, upload);
  if (!scanned.ok) return scanned;
  notes.findings = findingsOf(scanned);
  notes.warnings.push(...warningsOf(scanned));
  const others = version.files.filter((other) => other !== file);
  const { externals = [] } = scanned;
  const misplaced = externalsFault(externals, others);
  if (misplaced) return { rejection: misplaced };
  const plan = externals.length > 0 ? await beginRepack(ports, upload, externals) : undefined;
  if (plan && 'rejection' in plan) return plan;
  const dataFiles = new Set(externals.map(({ location }) => location));
  for (const other of others) {
    const fill = plan && dataFiles.has(other.path) ? fillFrom(plan, other.path) : undefined;
    const rejection = await scanFile(ports.quarantine, { file: other, candidate: candidateOf(version, other) }, fill);
    if (rejection) return { rejection };
  }
  return rewritten(ports, { version, upload, scanned, repacked: plan?.bytes });
};

type Passed = Extract<ScanReport, { ok: true }>;

const rewritten = async (
  ports: ScanPorts,
  model: {
    readonly version: Version;
    readonly upload: Candidate;
    readonly scanned: Passed;
    /** With the data of its tensors inside. */
    readonly repacked: Uint8Array | undefined;
  },
): Promise<Scanned | { rejection: Rejection }> => {
  const { version, upload, scanned, repacked } = model;
  const { signature, zipMaps } = scanned;
  if (repacked) {
    const report = rescan(ports, repacked);
    if (!report.ok) throw new Error(`a repacked model must pass the scan, got '${report.rejection.rule}'`);
  }
  if (zipMaps === 0) {
    return { signature, candidate: repacked ? await keepCandidate(ports, version, repacked) : upload };
  }
  const bytes = await cut(ports, upload, repacked);
  return 'rejection' in bytes ? bytes : { signature, candidate: await keepCandidate(ports, version, bytes) };
};

const readModel = async (
  ports: ScanPorts,
  version: Version,
  upload: Candidate,
): Promise<Passed | { readonly ok: false; readonly rejection: Rejection }> => {
  const file = modelFileOf(version);
  const hash = createHash('sha256');
  const scan = ports.createScan({ allowExternal: version.files.length > 1 });
  let sizeBytes = 0;
  for await (const chunk of ports.quarantine.read(upload.key, upload.versionId)) {
    hash.update(chunk);
    scan.push(chunk);
    sizeBytes += chunk.length;
  }
  const differs = hashMismatch(file, sizeBytes, hash.digest('hex'));
  if (differs) return { ok: false, rejection: differs };
  const report = scan.finish();
  return report.ok ? report : { ok: false, rejection: toRejection(report.rejection) };
};

/** What a publisher may want to know though it is no fault. */
const warningsOf = ({ zipMaps, externals = [], signature }: Passed): string[] => [
  ...(zipMaps > 0 ? ['the graph ends in a ZipMap, which is cut: the output is a matrix'] : []),
  ...(externals.length > 0 ? ['data of tensors lies in other files, and is put into the model'] : []),
  ...(signature.inputs.every(({ shape }) => shape[0] !== -1)
    ? ['no input has an open dimension 0: a call is one row']
    : []),
];

const toRejection = ({ rule, message, path: element, offset }: Refused): Rejection => ({
  rule,
  message,
  path: MODEL_FILE,
  ...(element === '' ? {} : { element }),
  offset,
});

/** Why tensors' data does not lie in the files that were announced. */
const externalsFault = (externals: readonly ExternalTensor[], files: readonly VersionFile[]): Rejection | undefined => {
  try {
    checkExternals(externals, new Map(files.map(({ path, sizeBytes }) => [path, sizeBytes])));
    return undefined;
  } catch (fault) {
    if (fault instanceof ModelRejection) return toRejection(fault);
    throw fault;
  }
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

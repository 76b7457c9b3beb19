/**
 * What the walk does with a published version that an older scanner passed: reads the artifact through the scanner of today,
 * as the scan did with the upload. It is what is served, so nothing is rewritten; examples are made where there are none.
 */
import { createHash } from 'node:crypto';
import type { Rejection } from '../contract.ts';
import { findingsOf } from '../domain/scan-findings.ts';
import type { ObjectHolds } from '../ports/life.ts';
import type { ScanResult, StoredExamples } from '../ports/scans.ts';
import type { Artifacts, ModelScan, Version } from '../ports.ts';
import { MODEL_FILE } from '../terms.ts';
import { type ExamplePorts, tryExamples } from './make-examples.ts';
import { PRESIGN_SECONDS } from './product.ts';
import { keepExamples } from './scan-examples.ts';

export interface RescanPorts extends ExamplePorts {
  readonly artifacts: Pick<Artifacts, 'read' | 'write' | 'presign'>;
  readonly holds: Pick<ObjectHolds, 'hold'>;
  readonly createScan: () => ModelScan;
  readonly scanner: string;
  readonly clock: () => number;
}

export interface Rescanned {
  readonly scan: ScanResult;
  /** Why the scanner of today refuses it. */
  readonly rejection?: Rejection | undefined;
  readonly examples?: StoredExamples | undefined;
}

export type Rescan = (version: Version) => Promise<Rescanned>;

export const rescanVersion =
  (ports: RescanPorts): Rescan =>
  async (version) => {
    const { validated } = version;
    if (!validated) throw new Error(`a published version must have passed a scan: ${version.model} ${version.version}`);
    const report = await readArtifact(ports, validated.artifact);
    const told = { scanner: ports.scanner, atMs: ports.clock() };
    if (!report.ok) {
      const { rule, message, path: element, offset } = report.rejection;
      const place = element === '' ? {} : { element };
      const rejection = { rule, message: message.slice(0, 1000), path: MODEL_FILE, ...place, offset };
      return { scan: { ...told, warnings: [], rejection }, rejection };
    }
    const scan = { ...told, findings: findingsOf(report), warnings: version.scan?.warnings ?? [] };
    if (validated.examples) return { scan: { ...scan, smoke: version.scan?.smoke }, examples: validated.examples };
    const { artifact, signature } = validated;
    const url = await ports.artifacts.presign(artifact.key, PRESIGN_SECONDS);
    const tried = await tryExamples(ports, { url, file: artifact, signature }, undefined);
    if ('rejection' in tried || !tried.document) return { scan };
    return { scan: { ...scan, smoke: tried.smoke }, examples: await keepExamples(ports, version, tried.document) };
  };

const readArtifact = async (
  { artifacts, createScan }: Pick<RescanPorts, 'artifacts' | 'createScan'>,
  { key, sha256 }: NonNullable<Version['validated']>['artifact'],
) => {
  const hash = createHash('sha256');
  const scan = createScan();
  for await (const chunk of artifacts.read(key)) {
    hash.update(chunk);
    scan.push(chunk);
  }
  if (hash.digest('hex') !== sha256) throw new Error(`the artifact ${key} must be what it is called`);
  return scan.finish();
};

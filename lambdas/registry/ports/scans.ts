// What a scan found out of a version, kept with it.
import type { Rejection } from '../contract.ts';

/** Of the graph as it was read: as it was uploaded, and once it is scanned again, as it is served. */
export interface ScanFindings {
  /** Domain → version of its operator set. */
  readonly opsets: Readonly<Record<string, number>>;
  /** Nodes of all graphs and functions, each once. */
  readonly nodeCount: number;
  /** Elements of all initializers. */
  readonly parameterCount: number;
  /** Those that are used most, first. */
  readonly operators: readonly { readonly name: string; readonly count: number }[];
  /** Kinds of operators beyond those. */
  readonly otherOperators: number;
}

/** What was measured while the examples were answered. */
export interface ScanSmoke {
  readonly exampleCount: number;
  /** Of one run, without loading; null: no time was taken. */
  readonly medianMs: number | null;
}

export interface ScanResult {
  /** What scanned: `SCANNER_VERSION` (shared/onnx/scanner-version.ts) of that day. */
  readonly scanner: string;
  readonly atMs: number;
  /** Absent: it was refused before the graph was read to its end. */
  readonly findings?: ScanFindings | undefined;
  /** What is worth knowing though it is no fault. */
  readonly warnings: readonly string[];
  readonly smoke?: ScanSmoke | undefined;
  /** Of a published version: why the scanner of that day refused it. */
  readonly rejection?: Rejection | undefined;
}

/** A document in the artifacts bucket, `sha256/<hex>`: what `GET …/examples` answers. */
export interface StoredExamples {
  readonly key: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly count: number;
  /** From the signature: the publisher gave none. */
  readonly made: boolean;
}

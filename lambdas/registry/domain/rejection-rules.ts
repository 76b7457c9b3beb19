// Rules of rejection besides the scanner's (shared/onnx/rejection.ts), each with what it means. A rule, once released,
// keeps its meaning; docs/guides/publish.md prints them.
import type { SmokeReport } from '../../inference/contract.ts';

type SmokeRule = Extract<SmokeReport, { ok: false }>['rule'];

/** What the trial run ends in. */
export const smokeRules = {
  load_failed: 'The runtime does not load the model; the message is the runtime’s.',
  run_failed:
    'The model fails on example inputs (open dimensions 1, zeros, then ones, empty strings); the message is the runtime’s.',
  timed_out: 'Loading and one run took too long.',
  out_of_memory: 'Loading and one run took more memory than the trial has.',
  crashed: 'The process that tried the model ended without a word.',
  hash_mismatch: 'The file is not the one whose SHA-256 and size were announced.',
  signature_differs: 'The runtime sees other inputs or outputs than the file declares.',
} as const satisfies Record<SmokeRule, string>;

export const registryRules = {
  batch_input: 'The declared `batchInput` is no input of the model, or its dimension 0 has a fixed size.',
  signature_too_large: 'The names and shapes of the inputs and outputs are too long, all together.',
  zip_map_too_large: 'The model ends in a ZipMap and is too large to be rewritten: export it without.',
  too_much_memory: 'Loading and one run took more memory than any function has.',
  scan_failed: 'The scan failed five times on our side. Make a new version; if it stays, tell the operator.',
} as const;

export type RejectionRule = keyof typeof smokeRules | keyof typeof registryRules;

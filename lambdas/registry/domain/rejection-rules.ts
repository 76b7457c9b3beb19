// Rules of rejection besides the scanner's (shared/onnx/rejection.ts), each with what it means. A rule, once released,
// keeps its meaning; docs/guides/publish.md prints them.
import type { SmokeReport } from '../../inference/contract.ts';

type SmokeRule = Extract<SmokeReport, { ok: false }>['rule'];

/** What the trial run ends in. */
export const smokeRules = {
  load_failed: 'The runtime does not load the model; the message is the runtime’s.',
  run_failed:
    'The model fails on every example input: zeros, then ones, and empty strings; open dimensions 1, then the last one 16, 256 and 4096, then all but the first 32 and 224. The message is the runtime’s about the first.',
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
  external_too_large: 'The model and the data of its tensors are too large to be made one file: upload it as one.',
  forbidden_file: 'A file is a program, an archive or a pickle, whatever it is called.',
  not_text: 'A file that no tensor keeps its data in is no text in UTF-8.',
  file_too_large: 'A text has more than 64 MiB, or a JSON file more than 32 MiB.',
  invalid_json: 'A file called `.json` is no JSON, or nests deeper than 64.',
  examples:
    'An entry of `examples.json` does not fit the signature, or the model does not answer it; `element` is a JSON pointer into the file.',
  upload_gone: 'A file was deleted after the upload was completed, before it was scanned.',
  too_much_memory: 'Loading and one run took more memory than any function has.',
  scan_failed: 'The scan failed five times on our side. Make a new version; if it stays, tell the operator.',
} as const;

export type RejectionRule = keyof typeof smokeRules | keyof typeof registryRules;

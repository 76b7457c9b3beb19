// What the smoke function takes, and what its child process takes and tells.
import * as z from 'zod';
import { datatypes, type Signature } from '../../shared/onnx/signature.ts';

const tensorSpec = z.object({
  name: z.string(),
  datatype: z.enum(datatypes),
  shape: z.array(z.number().int().min(-1)),
  dims: z.array(z.union([z.number(), z.string(), z.null()])),
});

const signature = z.object({
  inputs: z.array(tensorSpec),
  outputs: z.array(tensorSpec),
  batchInput: z.string().optional(),
});

const signedFile = z.object({
  url: z.url({ protocol: /^https?$/ }),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  sizeBytes: z.number().int().min(1).max(1_073_741_824),
});

export const smokeRequest = signedFile.extend({
  signature,
  limits: z.object({
    memoryBytes: z.number().int().min(1),
    timeoutMs: z.number().int().min(1).max(900_000),
  }),
  /** Of the call that completed the upload, for the log. */
  traceparent: z.string().optional(),
  /** Not a trial, but calls of a model that passed it. */
  probe: z
    .object({
      calls: signedFile.optional(),
      compiled: signedFile.optional(),
      answerBytes: z.number().int().min(1).max(2_097_152),
      format: z.enum(['onnx', 'ort']).default('onnx'),
      ort: z
        .object({
          url: z.url({ protocol: /^https?$/ }),
          fields: z.record(z.string(), z.string()),
          limitBytes: z.number().int().min(1).max(536_870_912),
        })
        .optional(),
    })
    .optional(),
});

/**
 * Stands before the files' bytes on the child's stdin, after its own length as uint32 (little-endian). The files: the
 * model; of a probe, its calls and the compiled model, where they are given.
 */
export const childHeader = z.object({
  signature,
  sizeBytes: z.number().int().min(1),
  memoryBytes: z.number().int(),
  probe: z
    .object({
      callsBytes: z.number().int().min(1).optional(),
      compiledBytes: z.number().int().min(1).optional(),
      answerBytes: z.number().int().min(1),
      format: z.enum(['onnx', 'ort']),
      /** Name of the file to write the model to, in onnxruntime's own format, after the answers. */
      ortFile: z.string().optional(),
    })
    .optional(),
});

export interface ChildHeader {
  readonly signature: Signature;
  readonly sizeBytes: number;
  readonly memoryBytes: number;
  readonly probe?: {
    readonly callsBytes: number | undefined;
    readonly compiledBytes: number | undefined;
    readonly answerBytes: number;
    readonly format: 'onnx' | 'ort';
    readonly ortFile: string | undefined;
  };
}

/** The one byte after the files that says: their hashes are right, go on. */
export const GO = 0x47;

const refusal = z.object({
  ok: z.literal(false),
  rule: z.enum(['load_failed', 'run_failed', 'signature_differs', 'out_of_memory']),
  message: z.string().max(2000),
});
const ms = z.number().min(0);

/** The child's last words, as JSON. Whoever it ran may have written them: believed only in this form. */
export const childReport = z.union([
  z.object({
    ok: z.literal(true),
    outputs: z.array(tensorSpec.omit({ dims: true })),
    envelope: z.object({ peakBytes: z.number().min(0), loadMs: ms, runMs: ms, inputBytes: z.number().int().min(0) }),
  }),
  refusal,
]);
export type ChildReport = z.output<typeof childReport>;

/** The same of a probe. */
export const childProbeReport = z.union([
  z.object({
    ok: z.literal(true),
    loadMs: ms,
    answers: z.base64(),
    timings: z.array(z.object({ call: z.number().int().min(0), nativeMs: ms, compiledMs: ms })).max(64),
    runMs: z.array(z.object({ call: z.number().int().min(0), ms })).max(64),
  }),
  refusal,
]);
export type ChildProbeReport = z.output<typeof childProbeReport>;

export const encodeChildHeader = (header: ChildHeader): Uint8Array => {
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  return Buffer.concat([length, json]);
};

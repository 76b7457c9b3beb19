// What the smoke function takes, and what its child process takes and tells.
import { z } from 'zod';
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

export const smokeRequest = z.object({
  url: z.url({ protocol: /^https?$/ }),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  sizeBytes: z.number().int().min(1).max(1_073_741_824),
  signature,
  limits: z.object({
    memoryBytes: z.number().int().min(1),
    timeoutMs: z.number().int().min(1).max(900_000),
  }),
});

/** Stands before the model's bytes on the child's stdin, after its own length as uint32 (little-endian). */
export const childHeader = z.object({ signature, sizeBytes: z.number().int().min(1), memoryBytes: z.number().int() });

export interface ChildHeader {
  readonly signature: Signature;
  readonly sizeBytes: number;
  readonly memoryBytes: number;
}

/** The one byte after the model that says: its hash is right, go on. */
export const GO = 0x47;

/** The child's last words, as JSON. Whoever it ran may have written them: believed only in this form. */
export const childReport = z.union([
  z.object({
    ok: z.literal(true),
    outputs: z.array(tensorSpec.omit({ dims: true })),
    envelope: z.object({ peakBytes: z.number().min(0), loadMs: z.number().min(0), runMs: z.number().min(0) }),
  }),
  z.object({
    ok: z.literal(false),
    rule: z.enum(['load_failed', 'run_failed', 'signature_differs', 'out_of_memory']),
    message: z.string().max(2000),
  }),
]);
export type ChildReport = z.output<typeof childReport>;

export const encodeChildHeader = (header: ChildHeader): Uint8Array => {
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  return Buffer.concat([length, json]);
};

// The smoke function's answer, looked at like any other input: the process that it watched was not to be trusted.
import { z } from 'zod';
import type { SmokeReport } from '../../inference/contract.ts';
import { envelopeSchema, signatureSchema } from '../wire.ts';

const rules = [
  'load_failed',
  'run_failed',
  'timed_out',
  'out_of_memory',
  'crashed',
  'hash_mismatch',
  'signature_differs',
] as const;

export const smokeReport: z.ZodType<SmokeReport> = z.union([
  z.object({
    ok: z.literal(true),
    outputs: z.array(signatureSchema.shape.outputs.element.omit({ dims: true })),
    envelope: envelopeSchema,
  }),
  z.object({ ok: z.literal(false), rule: z.enum(rules), message: z.string() }),
]);

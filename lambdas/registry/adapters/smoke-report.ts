// The smoke function's answer, looked at like any other input: the process that it watched was not to be trusted.
import * as z from 'zod';
import { omit } from 'zod/mini';
import type { ProbeReport, SmokeReport } from '../../inference/contract.ts';
import { envelopeSchema, tensorSchema } from '../version-parts.ts';

const rules = [
  'load_failed',
  'run_failed',
  'timed_out',
  'out_of_memory',
  'crashed',
  'hash_mismatch',
  'signature_differs',
] as const;

const refusal = z.object({ ok: z.literal(false), rule: z.enum(rules), message: z.string() });

export const smokeReport: z.ZodType<SmokeReport> = z.union([
  z.object({
    ok: z.literal(true),
    outputs: z.array(omit(tensorSchema(), { dims: true })),
    envelope: envelopeSchema,
  }),
  refusal,
]);

const ms = z.number().min(0);

export const probeReport: z.ZodType<ProbeReport> = z.union([
  z.object({
    ok: z.literal(true),
    loadMs: ms,
    answers: z.base64(),
    timings: z.array(z.object({ call: z.number().int().min(0), nativeMs: ms, compiledMs: ms })),
    runMs: z.array(z.object({ call: z.number().int().min(0), ms })).optional(),
  }),
  refusal,
]);

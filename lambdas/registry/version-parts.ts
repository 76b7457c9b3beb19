// Parts of a version that are the same on the wire and in the table.
import * as z from 'zod/mini';
import { datatypes } from '../shared/onnx/signature.ts';
import { MODEL_FILE, productKinds } from './terms.ts';

/** The tensors of a model, on the wire and in the table. */
export const signatureSchema = z.object({
  inputs: z.array(tensorSchema()),
  outputs: z.array(tensorSchema()),
  batchInput: z.optional(z.string()).check(
    z.meta({
      description: 'The input whose dimension 0 counts the rows that are charged; absent: a call is one row',
    }),
  ),
});

export function tensorSchema() {
  return z.object({
    name: z.string().check(z.meta({ example: 'X' })),
    datatype: z.enum(datatypes),
    shape: z
      .array(z.int().check(z.minimum(-1)))
      .check(z.meta({ description: '-1 where any size is allowed', example: [-1, 4] })),
    dims: z
      .array(z.union([z.int(), z.string(), z.null()]))
      .check(z.meta({ description: 'The same with the graph’s symbolic names', example: ['batch', 4] })),
  });
}

/** Why a version was refused, and where. */
export const rejectionSchema = z.object({
  rule: z.string().check(z.meta({ description: 'Stable name of what was broken', example: 'external_data' })),
  message: z.string(),
  path: z.optional(z.string()).check(z.meta({ description: 'The file', example: MODEL_FILE })),
  element: z
    .optional(z.string())
    .check(z.meta({ description: 'The place in the graph', example: 'graph.initializer[3]' })),
  offset: z.optional(z.int().check(z.minimum(0))).check(z.meta({ description: 'Byte in the file', example: 1234 })),
});
export type Rejection = z.output<typeof rejectionSchema>;

/** What one trial run took. */
export const envelopeSchema = z.object({
  peakBytes: z.number().check(z.minimum(0), z.meta({ description: 'Most memory that loading and one run took' })),
  loadMs: z.number().check(z.minimum(0)),
  runMs: z.number().check(z.minimum(0)),
  inputBytes: z
    .optional(z.number().check(z.int(), z.minimum(0)))
    .check(
      z.meta({ description: 'Of the inputs of that run; a call with larger ones never counts against the version' }),
    ),
});
export type Envelope = z.output<typeof envelopeSchema>;

export const fileSchema = z.object({ path: z.string(), sizeBytes: z.int(), sha256: z.string() });
export const artifactSchema = z.object({ sha256: z.string(), sizeBytes: z.int() });

/** Made of the artifact when it was validated, proven equal to it, and kept by its own hash. */
export const productSchema = z.extend(artifactSchema, {
  kind: z.enum(productKinds).check(
    z.meta({
      description:
        '`flat`: compiled for the TypeScript executor, which answers in the process that takes the call; `ort`: onnxruntime’s own format, which loads faster',
    }),
  ),
  madeBy: z
    .string()
    .check(z.meta({ description: 'What made it; another one makes it anew', example: 'onnxruntime-node 1.30.0' })),
  against: z
    .optional(z.string())
    .check(z.meta({ description: 'What its answers were compared with, where that is not what made it' })),
  rowLimit: z
    .optional(z.number().check(z.int(), z.minimum(1)))
    .check(z.meta({ description: 'Of a `flat` one: calls of more rows are faster on `lane`, and run there' })),
});

/** What was tried and found not to be worth it, or not possible. */
export const notMadeSchema = z.extend(z.pick(productSchema, { kind: true, madeBy: true, against: true }), {
  reason: z.string().check(z.meta({ description: 'Why there is none', example: 'operator Conv' })),
});
export type NotMade = z.output<typeof notMadeSchema>;

/** Of the graph as it was read: as it was uploaded, and once it is scanned again, as it is served. */
export const scanFindingsSchema = z.object({
  opsets: z
    .record(z.string(), z.int())
    .check(z.meta({ description: 'Domain → version of its operator set; the empty domain is ai.onnx' })),
  nodeCount: z.int().check(z.meta({ description: 'Of all graphs and functions, each once' })),
  parameterCount: z.int().check(z.meta({ description: 'Elements of all initializers' })),
  operators: z
    .array(z.object({ name: z.string(), count: z.int() }))
    .check(z.meta({ description: 'Those used most, first; with their domain where it is not ai.onnx' })),
  otherOperators: z.int().check(z.meta({ description: 'Kinds of operators beyond those' })),
});

export const scanSmokeSchema = z.object({
  exampleCount: z.int().check(z.meta({ description: 'Examples that were answered' })),
  medianMs: z.nullable(z.number()).check(z.meta({ description: 'Of one run, without loading' })),
});

/** As it is told. */
export const scanSchema = z.object({
  scanner: z
    .string()
    .check(z.meta({ description: 'Version of the scanner; a newer one scans again what is published', example: '1' })),
  at: z.string().check(z.meta({ format: 'date-time' })),
  findings: z
    .optional(scanFindingsSchema)
    .check(z.meta({ description: 'Absent of a graph that was not read to its end' })),
  warnings: z.array(z.string()),
  smoke: z.optional(scanSmokeSchema).check(z.meta({ description: 'Absent where no example was answered' })),
  rejection: z
    .optional(rejectionSchema)
    .check(z.meta({ description: 'Of a published version: why the scanner of that day refused it' })),
});

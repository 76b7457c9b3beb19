// The registry's objects on the wire: what is sent to it and what it answers. Routes and events are in contract.ts.
import { z } from 'zod';
import { datatypes } from '../shared/onnx/signature.ts';
import { modelName, rate, timestamp } from '../shared/platform/schemas.ts';

/** Where versions run, by their measured envelope. */
export const lanes = ['run-2gib', 'run-10gib'] as const;
export type Lane = (typeof lanes)[number];

/** The one file of a version. */
export const MODEL_FILE = 'model.onnx';
/** Up to here a file is one POST; above, parts. */
export const FORM_LIMIT_BYTES = 64 * 1_048_576;
export const FILE_LIMIT_BYTES = 1024 * 1_048_576;
/** Most versions a model may have. */
export const VERSION_LIMIT = 1000;

export const versionStates = ['draft', 'scanning', 'validated', 'rejected', 'published'] as const;
export type VersionState = (typeof versionStates)[number];

export const visibilities = ['public', 'private'] as const;

const identifier = '(?:0|[1-9]\\d{0,14}|\\d*[A-Za-z-][0-9A-Za-z-]*)';
const number = '(?:0|[1-9]\\d{0,14})';
/** A semantic version without build metadata, numbers of at most 15 digits. */
export const versionPattern = new RegExp(
  `^(?=.{5,64}$)${number}(?:\\.${number}){2}(?:-${identifier}(?:\\.${identifier})*)?$`,
);

const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 as 64 lower-case hexadecimal digits')
  .meta({ example: 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c' });
const versionName = z
  .string()
  .max(64)
  .regex(versionPattern, 'must be a semantic version without build metadata, like 1.0.0 or 2.0.0-rc.1')
  .meta({ example: '1.0.0' });

/** The tensors of a model, on the wire and in the table. */
export const signatureSchema = z.object({
  inputs: z.array(tensorSchema()),
  outputs: z.array(tensorSchema()),
  batchInput: z
    .string()
    .optional()
    .meta({ description: 'The input whose dimension 0 counts the rows that are charged; absent: a call is one row' }),
});

function tensorSchema() {
  return z.object({
    name: z.string().meta({ example: 'X' }),
    datatype: z.enum(datatypes),
    shape: z.array(z.number().int().min(-1)).meta({ description: '-1 where any size is allowed', example: [-1, 4] }),
    dims: z
      .array(z.union([z.number().int(), z.string(), z.null()]))
      .meta({ description: 'The same with the graph’s symbolic names', example: ['batch', 4] }),
  });
}

/** Why a version was refused, and where. */
export const rejectionSchema = z.object({
  rule: z.string().meta({ description: 'Stable name of what was broken', example: 'external_data' }),
  message: z.string(),
  path: z.string().optional().meta({ description: 'The file', example: MODEL_FILE }),
  element: z.string().optional().meta({ description: 'The place in the graph', example: 'graph.initializer[3]' }),
  offset: z.number().int().min(0).optional().meta({ description: 'Byte in the file', example: 1234 }),
});
export type Rejection = z.output<typeof rejectionSchema>;

/** What one trial run took. */
export const envelopeSchema = z.object({
  peakBytes: z.number().min(0).meta({ description: 'Most memory that loading and one run took' }),
  loadMs: z.number().min(0),
  runMs: z.number().min(0),
});
export type Envelope = z.output<typeof envelopeSchema>;

export const fileSchema = z.object({ path: z.string(), sizeBytes: z.number().int(), sha256: z.string() });
export const artifactSchema = z.object({ sha256: z.string(), sizeBytes: z.number().int() });

const noControl = /^\P{C}*$/u;
const summary = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(noControl, 'must not hold control characters')
  .meta({ description: 'One line on what it does', example: 'Which of three irises a flower is' });
const description = z
  .string()
  .max(10_000)
  .regex(/^[\P{C}\n\t]*$/u, 'must not hold control characters but line ends and tabs')
  .meta({ description: 'More words, in Markdown' });
export const task = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,63}$/, 'must be 2 to 64 of a-z 0-9 -, starting with a letter')
  .meta({ description: 'What kind of problem it solves', example: 'tabular-classification' });
const license = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9.+ ()-]{0,99}$/, 'must be an SPDX expression of at most 100 characters')
  .meta({ description: 'SPDX expression', example: 'Apache-2.0' });
const tag = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,31}$/, 'must be 1 to 32 of a-z 0-9 . - _');
const tags = z
  .array(tag)
  .max(20)
  .refine((all) => new Set(all).size === all.length, 'must name each tag once')
  .meta({ example: ['tabular'] });
const visibility = z.enum(visibilities).meta({ description: '`private`: only the owner’s account sees and calls it' });
const priceFields = {
  perCallMicros: rate.meta({ description: 'For each call', example: '200' }),
  perRowMicros: rate.meta({ description: 'For each row of the batch input', example: '10' }),
};

export const model = z.object({
  name: modelName,
  publisher: z.string().meta({ example: 'acme' }),
  summary: z.string(),
  description: z.string().nullable(),
  task: z.string(),
  license: z.string(),
  tags: z.array(z.string()),
  visibility,
  price: z.object({
    ...priceFields,
    version: z.number().int().min(1).meta({ description: 'Counts the changes of the price' }),
  }),
  latestVersion: z.string().nullable().meta({ description: 'What alias `latest` names', example: '1.0.0' }),
  createdAt: timestamp,
  updatedAt: timestamp,
});

export const newModel = z.strictObject({
  name: modelName,
  summary,
  description: description.optional(),
  task,
  license,
  tags: tags.default([]),
  visibility: visibility.default('private'),
  price: z
    .strictObject({
      perCallMicros: priceFields.perCallMicros.default('0'),
      perRowMicros: priceFields.perRowMicros.default('0'),
    })
    .optional()
    .meta({ description: 'Absent: free' }),
});

export const modelPatch = z.strictObject({
  summary: summary.optional(),
  description: description.nullable().optional(),
  tags: tags.optional(),
  visibility: visibility.optional(),
  price: z
    .strictObject({
      perCallMicros: priceFields.perCallMicros.optional(),
      perRowMicros: priceFields.perRowMicros.optional(),
    })
    .optional()
    .meta({ description: 'Needs the permission `models:price`' }),
});

export const newVersion = z.strictObject({
  version: versionName,
  files: z
    .array(
      z.strictObject({
        path: z.literal(MODEL_FILE, `must be '${MODEL_FILE}', the one file of a version`),
        sizeBytes: z
          .number()
          .int()
          .min(1)
          .max(FILE_LIMIT_BYTES, `must be at most ${FILE_LIMIT_BYTES} bytes (1 GiB)`)
          .meta({ example: 12_345 }),
        sha256,
      }),
    )
    .length(1, `must be exactly one file, '${MODEL_FILE}'`),
  batchInput: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .meta({ description: 'The input whose dimension 0 counts rows; absent: the first whose dimension 0 is open' }),
});

export const version = z.object({
  model: modelName,
  version: versionName,
  state: z.enum(versionStates),
  files: z.array(fileSchema).meta({ description: 'What was announced' }),
  batchInput: z.string().optional().meta({ description: 'As it was declared' }),
  signature: signatureSchema.optional().meta({ description: 'Once validated' }),
  artifact: artifactSchema.optional().meta({
    description: 'What is served. Differs from the uploaded file where a ZipMap was cut from the graph’s end',
  }),
  envelope: envelopeSchema.optional(),
  lane: z.enum(lanes).optional(),
  rejection: rejectionSchema.optional(),
  createdAt: timestamp,
  updatedAt: timestamp,
  publishedAt: timestamp.optional(),
});

const uploadParts = z.array(z.object({ number: z.number().int().min(1), url: z.string() }));
export const upload = z.union([
  z
    .object({
      path: z.string(),
      method: z.literal('POST'),
      url: z.string(),
      fields: z.record(z.string(), z.string()).meta({ description: 'Form fields, before the field `file`' }),
      expiresAt: timestamp,
    })
    .meta({ description: 'A form (multipart/form-data), up to 64 MiB' }),
  z
    .object({
      path: z.string(),
      method: z.literal('PUT'),
      partSizeBytes: z.number().int().meta({ description: 'Of every part but the last' }),
      parts: uploadParts,
      expiresAt: timestamp,
    })
    .meta({ description: 'Parts, above 64 MiB; the ETag that each PUT answers goes into `complete`' }),
]);

export const completion = z
  .strictObject({
    uploads: z
      .array(
        z.strictObject({
          path: z.literal(MODEL_FILE, `must be '${MODEL_FILE}', the one file of a version`),
          parts: z
            .array(
              z.strictObject({
                number: z.number().int().min(1).max(10_000),
                etag: z.string().regex(/^"?[\x21\x23-\x7e]{1,200}"?$/, 'must be the ETag that S3 answered'),
              }),
            )
            .min(1)
            .max(10_000)
            .refine(
              (parts) => new Set(parts.map((part) => part.number)).size === parts.length,
              'must name each part once',
            ),
        }),
      )
      .length(1, `must be exactly one file, '${MODEL_FILE}'`),
  })
  .optional()
  .meta({ description: 'Only for a file that was uploaded in parts' });

export const alias = z.object({
  alias: z.string().meta({ example: 'latest' }),
  targets: z.array(z.object({ version: versionName, weight: z.number().min(0) })),
  createdAt: timestamp,
  updatedAt: timestamp,
});

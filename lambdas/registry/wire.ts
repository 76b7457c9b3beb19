// The registry's objects on the wire: what is sent to it and what it answers. Routes are in route-table.ts.
import * as z from 'zod';
import { modelName, rate, timestamp } from '../shared/platform/schemas.ts';
import { bundleFaults } from './bundle-faults.ts';
import { PATH_LIMIT_BYTES, pathFault } from './domain/file-path.ts';
import { rating, usage } from './stats-wire.ts';
import {
  downloadRules,
  FILE_COUNT_LIMIT,
  FILE_LIMIT_BYTES,
  lanes,
  MODEL_FILE,
  retirementRules,
  toldStates,
  versionPattern,
  visibilities,
} from './terms.ts';
import {
  artifactSchema,
  envelopeSchema,
  fileSchema,
  notMadeSchema,
  productSchema,
  rejectionSchema,
  scanSchema,
  signatureSchema,
} from './version-parts.ts';

const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 as 64 lower-case hexadecimal digits')
  .meta({ example: 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c' });
export const versionName = z
  .string()
  .max(64)
  .regex(versionPattern, 'must be a semantic version without build metadata, like 1.0.0 or 2.0.0-rc.1')
  .meta({ example: '1.0.0' });

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
const visibility = z.enum(visibilities).meta({
  description:
    '`public`: everybody calls it; `gated`: everybody sees it, who asked and was let in calls it; `private`: only the owner’s account, and those it is shared with',
});
const downloads = z.enum(downloadRules).meta({
  description:
    'Whether others may take its files away. Unless it is set, a free model’s may be downloaded and one’s with a price may not',
});
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
  requiresSubscription: z.boolean().meta({ description: 'Only subscribers call it: `GET /v1/models/{model}/offers`' }),
  terms: z
    .object({ version: z.string(), sha256: z.string() })
    .nullable()
    .meta({ description: 'What must be accepted before use: `GET /v1/models/{model}/terms`' }),
  downloads,
  withdrawnAt: timestamp
    .optional()
    .meta({ description: 'Only of a deleted model, which its owner and its subscribers see' }),
  suspension: z
    .object({ since: timestamp, reason: z.string() })
    .optional()
    .meta({ description: 'Only of a model that an operator suspended, which its owner alone sees, and nobody calls' }),
  latestVersion: z.string().nullable().meta({ description: 'What alias `latest` names', example: '1.0.0' }),
  rating,
  usage,
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
  downloads: downloads.optional(),
  requiresSubscription: z.boolean().default(false).meta({ description: 'Needs the permission `models:price`' }),
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
  downloads: downloads.nullable().optional().meta({ description: '`null`: as if it had never been set' }),
  requiresSubscription: z.boolean().optional().meta({ description: 'Needs the permission `models:price`' }),
});

const filePath = z
  .string()
  .min(1)
  .max(PATH_LIMIT_BYTES)
  .superRefine((path, context) => {
    const fault = pathFault(path);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  })
  .meta({ description: 'Relative, below the version', example: MODEL_FILE });

const announcedFile = z.strictObject({
  path: filePath,
  sizeBytes: z
    .number()
    .int()
    .min(1)
    .max(FILE_LIMIT_BYTES, `must be at most ${FILE_LIMIT_BYTES} bytes (1 GiB)`)
    .meta({ example: 12_345 }),
  sha256,
});

export const newVersion = z.strictObject({
  version: versionName,
  files: z
    .array(announcedFile)
    .min(1)
    .max(FILE_COUNT_LIMIT)
    .superRefine((files, context) => {
      for (const message of bundleFaults(files)) context.addIssue({ code: 'custom', message });
    })
    .meta({
      description:
        '`model.onnx`, files that its tensors keep their data in, and texts that belong to it: `config.json`, `tokenizer.json`, `labels.txt`, `README.md`, `examples.json` and others. Up to 64 files, 1 GiB together',
    }),
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
  state: z.enum(toldStates),
  files: z.array(fileSchema).meta({ description: 'What was announced' }),
  batchInput: z.string().optional().meta({ description: 'As it was declared' }),
  signature: z.optional(signatureSchema).meta({ description: 'Once validated' }),
  artifact: z.optional(artifactSchema).meta({
    description: 'What is served. Differs from the uploaded file where a ZipMap was cut from the graph’s end',
  }),
  envelope: z.optional(envelopeSchema),
  lane: z.enum(lanes).optional().meta({ description: 'Where onnxruntime runs it, by its envelope' }),
  products: z
    .array(productSchema)
    .optional()
    .meta({ description: 'What was made of the artifact, to serve it faster' }),
  notMade: z
    .array(notMadeSchema)
    .optional()
    .meta({ description: 'Products that the version does without, and why: it is served as well, but not as fast' }),
  rejection: z.optional(rejectionSchema),
  scan: z.optional(scanSchema).meta({ description: 'What the last scan found out' }),
  quarantine: z
    .object({
      reason: z.string().meta({ example: '3 runs ended their process or took too long within ten minutes' }),
      rule: z.string().optional().meta({ description: 'Where a later scanner refuses it: its rule' }),
      crashed: z.number().int().min(0).meta({ description: 'Runs that ended their process' }),
      timedOut: z.number().int().min(0).meta({ description: 'Runs that did not end in time' }),
      since: timestamp,
      releases: z.number().int().min(0).meta({ description: 'How often it has been released before' }),
    })
    .optional()
    .meta({ description: 'Only of a quarantined version' }),
  deprecation: z
    .object({
      since: timestamp,
      sunsetAt: timestamp.meta({ description: 'From then on it answers no more' }),
      successor: z.string().optional().meta({ description: 'What to go over to', example: '2.0.0' }),
      reason: z.string(),
    })
    .optional()
    .meta({ description: 'Only of a version that is or was deprecated' }),
  retirement: z
    .object({
      at: timestamp,
      successor: z.string().optional().meta({ example: '2.0.0' }),
      reason: z.string(),
      rule: z.enum(retirementRules),
      purgedAt: timestamp.optional().meta({ description: 'When its files were deleted; its receipt says which' }),
    })
    .optional()
    .meta({ description: 'Only of a retired version' }),
  createdAt: timestamp,
  updatedAt: timestamp,
  publishedAt: timestamp.optional(),
});

export const servedFile = z.object({
  path: z.string().meta({ example: MODEL_FILE }),
  sizeBytes: z.number().int().min(0).meta({ example: 12_345 }),
  sha256,
});

const uploadParts = z.array(
  z.object({
    number: z.number().int().min(1),
    url: z.string(),
    arrived: z
      .object({ etag: z.string(), sizeBytes: z.number().int() })
      .optional()
      .meta({ description: 'Of a draft announced again: the part is there, and need not be sent again' }),
  }),
);
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
          path: filePath,
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
      .min(1)
      .max(FILE_COUNT_LIMIT)
      .refine(
        (uploads) => new Set(uploads.map(({ path }) => path)).size === uploads.length,
        'must name each file once',
      ),
  })
  .optional()
  .meta({ description: 'Only for files that were uploaded in parts' });

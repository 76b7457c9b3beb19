// registry: what others may import. Routes, events and env names; resolving for a call is registry/gateway.ts.
import { z } from 'zod';
import type { ModelPrice } from '../billing/contract.ts';
import { modelNamePattern } from '../shared/kernel/ids.ts';
import { datatypes, type Signature } from '../shared/onnx/signature.ts';
import { defineRoutes } from '../shared/platform/route.ts';
import { listOf, listQuery, modelName, rate, timestamp } from '../shared/platform/schemas.ts';

/** Environment of a function that reads published models. */
export const registryEnv = z.object({ REGISTRY_TABLE: z.string().min(1) });

/** Environment of a function that handles uploads: nobody trusts what lies in quarantine; artifacts are what is served. */
export const bucketsEnv = z.object({ QUARANTINE_BUCKET: z.string().min(1), ARTIFACTS_BUCKET: z.string().min(1) });

/** Where versions run, by their measured envelope. */
export const lanes = ['run-2gib', 'run-10gib'] as const;
export type Lane = (typeof lanes)[number];

/** A published version as a call needs it. */
export interface PublishedVersion {
  readonly model: string;
  readonly version: string;
  readonly ownerAccountId: string;
  readonly visibility: 'public' | 'private';
  readonly summary: string;
  readonly task: string;
  readonly price: ModelPrice;
  readonly signature: Signature;
  /** In the artifacts bucket: `sha256/<hex>`. */
  readonly artifact: { readonly key: string; readonly sha256: string; readonly sizeBytes: number };
  readonly lane: Lane;
}

/** What the registry does in the caller's process (registry/gateway.ts makes it); answers are cached for seconds. */
export interface PublishedModels {
  /**
   * @param reference - a version, an alias or a range (`^1`); undefined means alias `latest`
   * @param accountId - who asks; a private model of another account is not found. undefined: nobody signed in
   * @throws DomainError model_not_found, version_not_found, model_not_ready
   */
  resolve(request: {
    model: string;
    reference: string | undefined;
    accountId: string | undefined;
  }): Promise<PublishedVersion>;
  /** Published versions of a model, highest first. @throws DomainError model_not_found */
  versions(request: { model: string; accountId: string | undefined }): Promise<readonly string[]>;
  /** A page of the models that the account may call, by name. */
  list(request: { accountId: string | undefined; limit: number; cursor: string | undefined }): Promise<{
    readonly models: readonly { readonly model: string; readonly version: string; readonly ready: boolean }[];
    readonly next: string | null;
  }>;
}

/** The life of a version, in order; `rejected` ends it. */
export const versionStates = ['draft', 'scanning', 'validated', 'rejected', 'published'] as const;
export type VersionState = (typeof versionStates)[number];

/** What a model does, in the words of the Hugging Face hub. */
export const tasks = [
  'tabular-classification',
  'tabular-regression',
  'time-series-forecasting',
  'image-classification',
  'image-segmentation',
  'image-feature-extraction',
  'image-to-image',
  'image-to-text',
  'depth-estimation',
  'object-detection',
  'keypoint-detection',
  'text-classification',
  'token-classification',
  'text-generation',
  'feature-extraction',
  'fill-mask',
  'question-answering',
  'sentence-similarity',
  'summarization',
  'translation',
  'text-ranking',
  'audio-classification',
  'automatic-speech-recognition',
  'voice-activity-detection',
  'text-to-speech',
  'anomaly-detection',
  'recommendation',
  'other',
] as const;
export type Task = (typeof tasks)[number];

/** Largest file of a version. */
export const MODEL_BYTES_LIMIT = 1_073_741_824;
/** Up to this size a file is uploaded in one form; above it, in parts. */
export const FORM_BYTES_LIMIT = 67_108_864;
/** Size of each part but the last. */
export const PART_BYTES = 67_108_864;
/** Most versions of one model. */
export const VERSION_LIMIT = 200;
/** How long an upload address holds; read the version again for a fresh one. */
export const UPLOAD_SECONDS = 3600;
/** The one file of a version for now. */
export const MODEL_FILE = 'model.onnx';

/** Detail data of the registry's events; the subject is the model's name. */
export const versionEventData = z.object({ model: modelName, version: z.string() });
export const versionRejectedData = versionEventData.extend({ rule: z.string() });
export const modelPublishedData = versionEventData.extend({
  visibility: z.enum(['public', 'private']),
  task: z.enum(tasks),
  /** Whether alias `latest` moved to it. */
  latest: z.boolean(),
});
export const registryEvents = {
  'VersionCompleted.v1': versionEventData,
  'VersionValidated.v1': versionEventData,
  'VersionRejected.v1': versionRejectedData,
  'ModelPublished.v1': modelPublishedData,
} as const;
export type RegistryEventType = keyof typeof registryEvents;

const unique = (values: readonly string[]) => new Set(values).size === values.length;
const line = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .regex(/^\P{C}*$/u, 'must not hold control characters');

const summary = line(200).meta({ description: 'One sentence', example: 'Which iris is it?' });
const description = z.string().max(20_000).meta({ description: 'Longer text, Markdown' });
const task = z.enum(tasks).meta({ example: 'tabular-classification' });
const license = line(64).meta({ description: 'SPDX expression where there is one', example: 'Apache-2.0' });
const tag = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,39}$/, 'must be 1 to 40 of a-z 0-9 . _ -');
const tags = z.array(tag).max(20).refine(unique, 'must name each tag once').meta({ example: ['tabular', 'botany'] });
const visibility = z.enum(['public', 'private']).meta({ description: '`private`: only its own account sees and calls it' });
const prices = { perCallMicros: rate, perRowMicros: rate };
const newPrice = z.strictObject(prices).meta({ description: 'Rates in micros; history is never re-rated' });

const newModel = z.strictObject({
  name: modelName,
  summary,
  description: description.optional(),
  task,
  license,
  tags: tags.optional(),
  visibility: visibility.default('private'),
  price: newPrice.optional(),
});

const modelPatch = z.strictObject({
  summary: summary.optional(),
  description: description.nullable().optional().meta({ description: 'null removes it' }),
  tags: tags.optional(),
  price: newPrice.optional(),
  visibility: visibility.optional(),
});

const model = z.object({
  name: modelName,
  publisher: z.string().meta({ example: 'acme' }),
  summary,
  description: description.nullable(),
  task,
  license,
  tags,
  visibility,
  price: z.object({ ...prices, version: z.number().int().min(1).meta({ description: 'Each change gets the next' }) }),
  latestVersion: z.string().nullable().meta({ description: 'Where alias `latest` leads; null before the first', example: '1.0.0' }),
  createdAt: timestamp,
  updatedAt: timestamp,
});

const semver = z
  .string()
  .max(64)
  .meta({ description: 'Semantic version, without a leading v and without build metadata', example: '1.0.0' });
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 as 64 lower-case hexadecimal digits');
const file = z.object({ path: z.string(), sizeBytes: z.number().int(), sha256 });
const newFile = z.strictObject({
  path: z.string().max(200).meta({ description: 'For now `model.onnx`', example: 'model.onnx' }),
  sizeBytes: z.number().int().min(1).max(MODEL_BYTES_LIMIT).meta({ example: 12_345 }),
  sha256: sha256.meta({ description: 'Of the file’s bytes, hex' }),
});
const inputName = z.string().min(1).max(512);

const newVersion = z.strictObject({
  version: semver,
  files: z.array(newFile).min(1).max(1).meta({ description: 'Exactly one for now' }),
  batchInput: inputName.optional().meta({
    description: 'The input whose dimension 0 counts the rows that are charged; absent: the first whose dimension 0 is open',
    example: 'X',
  }),
});

const tensorSpec = z.object({
  name: z.string(),
  datatype: z.enum(datatypes),
  shape: z.array(z.number().int()).meta({ description: '-1 where any size is allowed', example: [-1, 4] }),
  dims: z
    .array(z.union([z.number().int(), z.string(), z.null()]))
    .meta({ description: 'The same with the graph’s own names for open sizes', example: ['batch', 4] }),
});

const signature = z.object({
  inputs: z.array(tensorSpec),
  outputs: z.array(tensorSpec),
  batchInput: z.string().optional(),
});

const upload = z.union([
  z.object({
    path: z.string(),
    method: z.literal('POST'),
    url: z.string(),
    fields: z.record(z.string(), z.string()).meta({ description: 'Form fields, to be sent before the field `file`' }),
    expiresAt: timestamp,
  }),
  z.object({
    path: z.string(),
    method: z.literal('PUT'),
    partBytes: z.number().int().meta({ description: 'Size of each part but the last' }),
    parts: z.array(z.object({ number: z.number().int(), url: z.string() })),
    expiresAt: timestamp,
  }),
]);

const version = z.object({
  model: modelName,
  version: semver,
  state: z.enum(versionStates),
  files: z.array(file),
  batchInput: z.string().nullable().meta({ description: 'As declared; the one in force stands in `signature`' }),
  uploads: z.array(upload).optional().meta({ description: 'Where to send the files, freshly signed; only while `draft`' }),
  signature: signature.nullable().meta({ description: 'From the file itself; null until validated' }),
  artifact: z
    .object({ sha256, sizeBytes: z.number().int() })
    .nullable()
    .meta({ description: 'What is served: the uploaded file, or the same with its ZipMap replaced' }),
  envelope: z
    .object({ peakBytes: z.number(), loadMs: z.number(), runMs: z.number() })
    .nullable()
    .meta({ description: 'Measured on the first run' }),
  lane: z.enum(lanes).nullable().meta({ description: 'Where it runs' }),
  rejection: z
    .object({
      rule: z.string().meta({ example: 'external_data' }),
      message: z.string(),
      path: z.string().nullable().meta({ description: 'The file at fault', example: 'model.onnx' }),
      element: z.string().nullable().meta({ description: 'The element in it', example: 'graph.initializer[3]' }),
      offset: z.number().int().nullable().meta({ description: 'Byte in the file', example: 1234 }),
    })
    .nullable()
    .meta({ description: 'Why it was rejected; the rules are in docs/guides/publish.md' }),
  createdAt: timestamp,
  updatedAt: timestamp,
  completedAt: timestamp.nullable(),
  publishedAt: timestamp.nullable(),
});

const completion = z
  .strictObject({
    parts: z
      .array(z.strictObject({ number: z.number().int().min(1).max(10_000), etag: z.string().min(1).max(128) }))
      .min(1)
      .max(10_000)
      .optional()
      .meta({ description: 'Number and `ETag` of each uploaded part; only where the upload was in parts' }),
  })
  .default({})
  .meta({ description: 'May be left out where the upload was one form' });

const alias = z.object({
  alias: z.string().meta({ example: 'latest' }),
  targets: z.array(z.object({ version: semver, weight: z.number().int().min(0) })),
  pinned: z.boolean().meta({ description: 'Whether publishing leaves it where it is' }),
  updatedAt: timestamp,
});

const modelParams = z.object({
  model: z.string().max(129).regex(modelNamePattern, 'must be publisher.model').meta({ example: 'acme.iris' }),
});
const versionParams = modelParams.extend({ version: semver });
const etagHeader = { etag: 'Revision of the model; send it back in `If-Match` to change exactly this' };
const created = (what: string) => ({
  location: `The ${what}’s path`,
  'idempotency-replayed': '`true` when this repeats an earlier answer',
});
const notYours = ['model_not_found', 'not_your_handle'] as const;
const lifeCycle = [...notYours, 'version_not_found', 'version_state_forbids', 'idempotency_key_reused'] as const;

export const registryRoutes = defineRoutes({
  createModel: {
    method: 'POST',
    path: '/v1/models',
    summary: 'Make a model',
    description:
      'Only its name and what is said of it: the files come with its versions. The first part of the name is the account’s handle. A price other than 0 needs the permission `models:price`.',
    auth: 'required',
    permission: 'models:write',
    body: newModel,
    bodyLimitBytes: 131_072,
    idempotent: true,
    responses: { 201: { description: 'The model', body: model, headers: { ...created('model'), ...etagHeader } } },
    errors: ['handle_required', 'not_your_handle', 'model_exists', 'idempotency_key_reused'],
  },
  listModels: {
    method: 'GET',
    path: '/v1/models',
    summary: 'List and search models',
    description:
      'Public models with a published version, and all of the caller’s own. A page may hold fewer than `limit` models and still have a `next`: a search reads a bounded number of models at a time.',
    auth: 'optional',
    permission: 'models:read',
    query: listQuery.extend({
      q: line(100).optional().meta({ description: 'Words that name, summary, description or tags all hold', example: 'iris' }),
      task: task.optional(),
      publisher: z.string().max(64).optional().meta({ description: 'The first part of the name', example: 'acme' }),
      tag: tag.optional(),
      license: license.optional(),
      sort: z.enum(['name', '-name']).default('name'),
    }),
    responses: { 200: { description: 'A page of models', body: listOf(model) } },
    errors: ['invalid_cursor'],
  },
  getModel: {
    method: 'GET',
    path: '/v1/models/{model}',
    summary: 'Get a model',
    auth: 'optional',
    permission: 'models:read',
    params: modelParams,
    responses: { 200: { description: 'The model', body: model, headers: etagHeader } },
    errors: ['model_not_found'],
  },
  updateModel: {
    method: 'PATCH',
    path: '/v1/models/{model}',
    summary: 'Change what is said of a model, its price or who sees it',
    description:
      'A JSON merge patch. A new price holds for calls that begin a few seconds later, and needs the permission `models:price`. Name, task and licence stay.',
    auth: 'required',
    permission: 'models:write',
    params: modelParams,
    headers: z.object({
      'if-match': z.string().max(256).optional().meta({ description: 'An `ETag`; the change is made only if it still holds' }),
    }),
    body: modelPatch,
    bodyLimitBytes: 131_072,
    responses: { 200: { description: 'The model as it is now', body: model, headers: etagHeader } },
    errors: [...notYours, 'precondition_failed'],
  },
  createVersion: {
    method: 'POST',
    path: '/v1/models/{model}/versions',
    summary: 'Make a version and get where to upload its file',
    description: `The form takes exactly the announced bytes, for an hour; \`GET\` the version for a fresh one. Files above ${FORM_BYTES_LIMIT} bytes go in parts, whose ETags \`complete\` wants. Versions are immutable: after a rejection, make the next number.`,
    auth: 'required',
    permission: 'models:write',
    params: modelParams,
    body: newVersion,
    bodyLimitBytes: 16_384,
    idempotent: true,
    responses: { 201: { description: 'The draft', body: version, headers: created('version') } },
    errors: [...notYours, 'version_exists', 'version_limit_reached', 'idempotency_key_reused'],
  },
  listVersions: {
    method: 'GET',
    path: '/v1/models/{model}/versions',
    summary: 'List a model’s versions',
    description: 'Highest first. Others than its account see the published ones.',
    auth: 'optional',
    permission: 'models:read',
    params: modelParams,
    query: listQuery,
    responses: { 200: { description: 'A page of versions', body: listOf(version) } },
    errors: ['model_not_found', 'invalid_cursor'],
  },
  getVersion: {
    method: 'GET',
    path: '/v1/models/{model}/versions/{version}',
    summary: 'Get a version',
    description: 'Poll it while the state is `scanning`.',
    auth: 'optional',
    permission: 'models:read',
    params: versionParams,
    responses: { 200: { description: 'The version', body: version } },
    errors: ['model_not_found', 'version_not_found'],
  },
  completeVersion: {
    method: 'POST',
    path: '/v1/models/{model}/versions/{version}/complete',
    summary: 'Say that the file is uploaded, and have it scanned',
    description: 'From here on exactly these bytes count. Repeating it changes nothing.',
    auth: 'required',
    permission: 'models:write',
    params: versionParams,
    body: completion,
    bodyLimitBytes: 1_048_576,
    idempotent: true,
    responses: { 202: { description: 'The version, `scanning`', body: version } },
    errors: [...lifeCycle, 'upload_missing', 'upload_mismatch'],
  },
  publishVersion: {
    method: 'POST',
    path: '/v1/models/{model}/versions/{version}/publish',
    summary: 'Publish a validated version',
    description:
      'A version higher than all published ones, and no pre-release, becomes `latest`, unless that alias is pinned. Repeating it changes nothing.',
    auth: 'required',
    permission: 'models:publish',
    params: versionParams,
    idempotent: true,
    responses: { 200: { description: 'The version, `published`', body: version } },
    errors: lifeCycle,
  },
  getAlias: {
    method: 'GET',
    path: '/v1/models/{model}/aliases/{alias}',
    summary: 'Get where an alias leads',
    auth: 'optional',
    permission: 'models:read',
    params: modelParams.extend({ alias: z.string().max(64).meta({ example: 'latest' }) }),
    responses: { 200: { description: 'The alias', body: alias } },
    errors: ['model_not_found', 'alias_not_found'],
  },
});

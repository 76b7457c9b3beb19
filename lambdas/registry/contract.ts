// registry: what others may import. Routes, events and env names; resolving for a call is registry/gateway.ts.
import { z } from 'zod';
import type { ModelPrice } from '../billing/contract.ts';
import { namePartPattern } from '../shared/kernel/ids.ts';
import type { Signature } from '../shared/onnx/signature.ts';
import { defineRoutes } from '../shared/platform/route.ts';
import { listOf, listQuery } from '../shared/platform/schemas.ts';
import {
  alias,
  completion,
  type Lane,
  lanes,
  model,
  modelPatch,
  newModel,
  newVersion,
  task,
  upload,
  version,
  visibilities,
} from './wire.ts';

export type { Envelope, Lane, Rejection, VersionState } from './wire.ts';
export { FILE_LIMIT_BYTES, versionPattern, versionStates } from './wire.ts';

/** Environment of a function that reads published models. */
export const registryEnv = z.object({ REGISTRY_TABLE: z.string().min(1) });

/** How often a scan is tried: the queue parks a message after so many receives, and the last of them rejects the version. */
export const SCAN_ATTEMPT_COUNT = 5;

/** Environment of a function that takes publishers' files. */
export const registryUploadsEnv = z.object({ QUARANTINE_BUCKET: z.string().min(1) });

/** Environment of a function that makes artifacts of them. */
export const registryBucketsEnv = registryUploadsEnv.extend({ ARTIFACTS_BUCKET: z.string().min(1) });

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
  /**
   * A page of the models that the account may call, by name.
   * @param viewerOf - as whom it looks at each: undefined hides a private model, though it is the account's own
   */
  list(request: {
    accountId: string | undefined;
    viewerOf: (model: string) => string | undefined;
    limit: number;
    cursor: string | undefined;
  }): Promise<{
    readonly models: readonly { readonly model: string; readonly version: string; readonly ready: boolean }[];
    readonly next: string | null;
  }>;
}

/** Detail data of the registry's events; the subject is `publisher.model`. */
const versionData = z.object({ model: z.string(), version: z.string() });
export const versionCompletedData = versionData;
export const versionValidatedData = versionData.extend({ artifactSha256: z.string(), lane: z.enum(lanes) });
export const versionRejectedData = versionData.extend({ rule: z.string() });
export const modelPublishedData = versionData.extend({
  visibility: z.enum(visibilities),
  /** Whether alias `latest` moved to this version. */
  latest: z.boolean(),
});

const modelParams = z.object({ model: z.string().max(200).meta({ example: 'acme.iris' }) });
const versionParams = modelParams.extend({ version: z.string().max(200).meta({ example: '1.0.0' }) });
const aliasParams = modelParams.extend({ alias: z.string().max(200).meta({ example: 'latest' }) });
const etagHeader = { etag: 'Revision of what the answer tells; send it back in `If-Match` to change exactly this' };
const createdHeaders = {
  ...etagHeader,
  location: 'Its path',
  'idempotency-replayed': '`true` when this repeats an earlier answer',
};
const ifMatch = z.object({
  'if-match': z
    .string()
    .max(256)
    .optional()
    .meta({ description: 'An `ETag`; the change is made only if it still holds' }),
});

export const registryRoutes = defineRoutes({
  createModel: {
    method: 'POST',
    path: '/v1/models',
    summary: 'Create a model',
    description:
      'A name and its description; versions carry the files. The first part of the name is the account’s handle. A price needs the permission `models:price`. A model is seen by others once it is public and has a published version.',
    auth: 'required',
    permission: 'models:write',
    body: newModel,
    bodyLimitBytes: 131_072,
    idempotent: true,
    responses: { 201: { description: 'The model', body: model, headers: createdHeaders } },
    errors: ['handle_required', 'not_your_handle', 'model_exists', 'idempotency_key_reused'],
  },
  listModels: {
    method: 'GET',
    path: '/v1/models',
    summary: 'List models',
    description:
      'Public models with a published version, and the caller’s own. A page may hold fewer items than asked for while `next` is not null.',
    auth: 'optional',
    permission: 'models:read',
    query: listQuery.extend({
      q: z.string().trim().min(1).max(200).optional().meta({
        description: 'Words that name, summary, description or tags must all contain',
        example: 'iris',
      }),
      task: task.optional(),
      publisher: z.string().regex(namePartPattern, 'must be a publisher’s handle').optional().meta({ example: 'acme' }),
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
    summary: 'Change a model',
    description:
      'A JSON merge patch. A changed price counts for calls that begin a few seconds later; history keeps its own.',
    auth: 'required',
    permission: 'models:write',
    params: modelParams,
    headers: ifMatch,
    body: modelPatch,
    bodyLimitBytes: 131_072,
    responses: { 200: { description: 'The model as it is now', body: model, headers: etagHeader } },
    errors: ['model_not_found', 'not_your_handle', 'precondition_failed'],
  },
  createVersion: {
    method: 'POST',
    path: '/v1/models/{model}/versions',
    summary: 'Create a version',
    description:
      'Announces the file; the answer says where to upload it. While the version is a draft, announcing it again with the same file and `batchInput` answers fresh addresses, with or without an `Idempotency-Key`; another file or `batchInput` is refused (`version_exists`).',
    auth: 'required',
    permission: 'models:write',
    params: modelParams,
    body: newVersion,
    bodyLimitBytes: 65_536,
    idempotent: true,
    responses: {
      201: {
        description: 'The version, a draft, and where to upload its file',
        body: version.extend({
          uploads: z.array(upload).meta({ description: 'Empty in a repeat once the upload was completed' }),
        }),
        headers: createdHeaders,
      },
    },
    errors: ['model_not_found', 'not_your_handle', 'version_exists', 'version_limit_reached', 'idempotency_key_reused'],
  },
  listVersions: {
    method: 'GET',
    path: '/v1/models/{model}/versions',
    summary: 'List a model’s versions',
    description:
      'Highest first. Others than the owner see published versions only. A page may hold fewer items than asked for while `next` is not null.',
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
    description: 'Poll this after `complete`, until `state` is `validated` or `rejected`.',
    auth: 'optional',
    permission: 'models:read',
    params: versionParams,
    responses: { 200: { description: 'The version', body: version, headers: etagHeader } },
    errors: ['model_not_found', 'version_not_found'],
  },
  completeVersion: {
    method: 'POST',
    path: '/v1/models/{model}/versions/{version}/complete',
    summary: 'Say that the upload is complete',
    description:
      'Pins what was uploaded and has it scanned and tried. Repeating it while the scan is under way changes nothing.',
    auth: 'required',
    permission: 'models:write',
    params: versionParams,
    body: completion,
    responses: { 202: { description: 'The version, being scanned', body: version, headers: etagHeader } },
    errors: [
      'model_not_found',
      'not_your_handle',
      'version_not_found',
      'version_state_forbids',
      'upload_missing',
      'upload_mismatch',
    ],
  },
  publishVersion: {
    method: 'POST',
    path: '/v1/models/{model}/versions/{version}/publish',
    summary: 'Publish a validated version',
    description:
      'From then on it can be called and stays as it is. Alias `latest` moves to it when it is higher than what `latest` names and no prerelease. Publishing a published version changes nothing.',
    auth: 'required',
    permission: 'models:publish',
    params: versionParams,
    responses: { 200: { description: 'The version, published', body: version, headers: etagHeader } },
    errors: ['model_not_found', 'not_your_handle', 'version_not_found', 'version_state_forbids'],
  },
  listAliases: {
    method: 'GET',
    path: '/v1/models/{model}/aliases',
    summary: 'List a model’s aliases',
    auth: 'optional',
    permission: 'models:read',
    params: modelParams,
    query: listQuery,
    responses: { 200: { description: 'A page of aliases', body: listOf(alias) } },
    errors: ['model_not_found', 'invalid_cursor'],
  },
  getAlias: {
    method: 'GET',
    path: '/v1/models/{model}/aliases/{alias}',
    summary: 'Get an alias',
    auth: 'optional',
    permission: 'models:read',
    params: aliasParams,
    responses: { 200: { description: 'The alias', body: alias } },
    errors: ['model_not_found', 'alias_not_found'],
  },
});

// inference: what others may import. The /v2 routes and env names, and what the smoke function takes and tells.
import * as z from 'zod/mini';
import type { Lane } from '../registry/contract.ts';
import type { Signature, TensorSpec } from '../shared/onnx/signature.ts';
import { defineRoutes } from '../shared/platform/route.ts';
import {
  inferAnswer,
  inferRequest,
  live,
  modelConfig,
  modelMetadata,
  modelReady,
  ready,
  repositoryIndex,
  server,
  statistics,
} from './wire.ts';

/** The lane of calls that the TypeScript executor runs, in `infer` itself: beside those of the registry's contract. */
export const TYPESCRIPT_LANE = 'typescript';

/** What runs models natively: the layer's version, and what the products that it made say. */
export const ONNXRUNTIME_VERSION = '1.30.0';

/** Environment of `infer`: the functions it sends publishers' models to, and where compiled models lie. */
export const inferEnv = z.object({
  RUN_2GIB_FUNCTION: z.string().check(z.minLength(1)),
  RUN_10GIB_FUNCTION: z.string().check(z.minLength(1)),
  ARTIFACTS_BUCKET: z.string().check(z.minLength(1)),
});

/** Memory of the functions that run publishers' models, by lane: what a run's compute fee counts. */
export const laneMemoryMiB = { 'run-2gib': 2048, 'run-10gib': 10_240 } as const satisfies Record<Lane, number>;

/** Environment of `run-*`, which check it by hand: schemas would be most of their bundle. */
export const runEnv = z.object({ ARTIFACTS_BUCKET: z.string().check(z.minLength(1)) });
export type RunEnv = z.output<typeof runEnv>;

/**
 * Environment of a process that runs models of several callers. The C library then fills what it hands out with zeros
 * (it XORs with 255), so that an operator that leaves its output unwritten answers nothing of an earlier call. It holds
 * only with onnxruntime's own arena off, which hands memory on as it was.
 */
export const zeroedMemoryEnv = { GLIBC_TUNABLES: 'glibc.malloc.perturb=255' } as const;

/** Environment of whoever has a model smoke-run (registry's scan). */
export const smokeEnv = z.object({
  SMOKE_FUNCTION: z.string().check(z.minLength(1)),
  /** The function's own memory; what a model may take is less. */
  SMOKE_MEMORY_MIB: z.coerce.number().check(z.int(), z.minimum(1024)),
});

/** What the smoke function is invoked with: a model nobody trusts yet, by a URL that its caller signed. */
export interface SmokeRequest {
  readonly url: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Example inputs are made from it: open dimensions 1, then larger; zeros, then ones, and empty strings. */
  readonly signature: Signature;
  readonly limits: { readonly memoryBytes: number; readonly timeoutMs: number };
}

/** What loading and running it once showed. Never thrown: a crash of the child is a report. */
export type SmokeReport =
  | {
      readonly ok: true;
      /** As the runtime sees them: output shapes may be sharper than the graph declares. */
      readonly outputs: readonly Pick<TensorSpec, 'name' | 'datatype' | 'shape'>[];
      readonly envelope: {
        readonly peakBytes: number;
        readonly loadMs: number;
        readonly runMs: number;
        readonly inputBytes?: number | undefined;
      };
    }
  | {
      readonly ok: false;
      readonly rule:
        | 'load_failed'
        | 'run_failed'
        | 'timed_out'
        | 'out_of_memory'
        | 'crashed'
        | 'hash_mismatch'
        | 'signature_differs';
      /** The runtime's own words, or what was seen from outside the child. */
      readonly message: string;
    };

/** What the smoke run refuses a model with. */
export type SmokeRefusal = Extract<SmokeReport, { ok: false }>;

/** A file behind a URL that its caller signed. */
export interface SignedFile {
  readonly url: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** What the smoke function is invoked with for a model that passed its trial, to learn what it answers and how fast. */
export interface ProbeRequest extends SmokeRequest {
  readonly probe: {
    /** Calls (shared/executor/prove/tensor-pack.ts); absent: examples of its own making, the same each time. */
    readonly calls?: SignedFile | undefined;
    /** Compiled from the model: where calls are to be timed, it runs beside. */
    readonly compiled?: SignedFile | undefined;
    /** What all answers together may take; those beyond are told as refused. 2 MiB at most: Lambda bounds the report. */
    readonly answerBytes: number;
    /** Of the model; `ort` is loaded as `run-*` loads it. @default onnx */
    readonly format?: 'onnx' | 'ort';
    /** Has the model written in onnxruntime's own format, and sent to a form that its caller signed. */
    readonly ort?:
      | {
          readonly url: string;
          readonly fields: Readonly<Record<string, string>>;
          readonly limitBytes: number;
        }
      | undefined;
  };
}

/** Told by the process that ran the model: nothing in it is more trustworthy than the model. */
export type ProbeReport =
  | {
      readonly ok: true;
      readonly loadMs: number;
      /** What each call was answered with, all outputs, packed as the calls were; base64. */
      readonly answers: string;
      /** Of the calls to be timed, in their order, until the compiled model was clearly slower. */
      readonly timings: readonly { readonly call: number; readonly nativeMs: number; readonly compiledMs: number }[];
      /** Of the same, where no compiled model runs beside: the median of some runs. */
      readonly runMs?: readonly { readonly call: number; readonly ms: number }[] | undefined;
    }
  | SmokeRefusal;

/** Largest body of an inference request, before its content coding is undone. */
export const INFER_BODY_LIMIT_BYTES = 5_900_000;

const modelParams = z.object({ model: z.string().check(z.maxLength(200), z.meta({ example: 'acme.iris' })) });
const versionParams = z.extend(modelParams, {
  version: z
    .string()
    .check(
      z.maxLength(200),
      z.meta({ description: 'A version, an alias or a range (`^1`, percent-encoded)', example: '1.0.0' }),
    ),
});

/** What is missing to call a model that is not open to everybody. */
const notEntitled = [
  'access_required',
  'access_pending',
  'access_rejected',
  'access_revoked',
  'not_subscribed',
  'terms_not_accepted',
] as const;

const unknownModel = [
  'model_not_found',
  'version_not_found',
  'model_not_ready',
  'version_quarantined',
  'alias_without_target',
  'version_retired',
  'model_withdrawn',
  'model_suspended',
] as const;

/** Where an alias shares callers out among versions. */
const affinity = {
  'x-aimass-affinity': z.optional(z.string().check(z.minLength(1), z.maxLength(128))).check(
    z.meta({
      description:
        'One of your own users, in any words of yours: where an alias shares callers out among versions, each user keeps one. Absent: your account keeps one',
    }),
  ),
};
const affinityHeaders = z.object(affinity);
const versionHeader = { 'x-aimass-version': 'The version that is told of' };

/** Only of a deprecated version. */
const deprecationDescriptions = {
  deprecation: 'Of a deprecated version: since when, as `@` and seconds since 1970 (RFC 9745)',
  sunset: 'Of a deprecated version: from when on it answers no more (RFC 8594)',
  link: 'Of a deprecated version with a successor: `rel="successor-version"`',
};

const metadataRoute = {
  method: 'GET',
  summary: 'Get a model’s signature',
  auth: 'optional',
  permission: 'models:read',
  headers: affinityHeaders,
  responses: {
    200: {
      description: 'Inputs, outputs and versions',
      body: modelMetadata,
      headers: { ...versionHeader, ...deprecationDescriptions },
    },
  },
  errors: unknownModel,
} as const;

const readyRoute = {
  method: 'GET',
  summary: 'Tell whether a model can be called',
  auth: 'optional',
  permission: 'models:read',
  headers: affinityHeaders,
  responses: { 200: { description: 'It can', body: modelReady, headers: versionHeader } },
  errors: unknownModel,
} as const;

const configRoute = {
  method: 'GET',
  summary: 'Get a model’s configuration in Triton’s words',
  auth: 'optional',
  permission: 'models:read',
  headers: affinityHeaders,
  responses: {
    200: {
      description: 'Its tensors as Triton’s model configuration has them',
      body: modelConfig,
      headers: versionHeader,
    },
  },
  errors: unknownModel,
} as const;

const statisticsRoute = {
  method: 'GET',
  summary: 'Count the account’s calls of a model, as Triton does',
  description: [
    'Calls of your account that the answering environment has seen since it started, by version; other accounts’ calls are in nobody’s answer but theirs.',
    'Environments come and go with the load, each with figures of its own. What lasts is in `GET /v1/usage`.',
  ].join(' '),
  auth: 'required',
  permission: 'models:read',
  headers: affinityHeaders,
  responses: {
    200: {
      description: 'The figures',
      body: statistics,
      headers: { 'x-aimass-version': 'The version that is told of, where the path names one' },
    },
  },
} as const;

const inferRoute = {
  method: 'POST',
  summary: 'Call a model',
  description: [
    'The Open Inference Protocol with its binary tensor extension: `Inference-Header-Content-Length` says how many bytes of the (uncompressed) body are JSON; the tensors’ bytes follow in the order of `inputs`.',
    'With the header `0` the whole body is the only input. Bodies may be gzip or deflate, and are answered so to whoever sends `Accept-Encoding`.',
    'Charged once, when the answer leaves; a refused or failed call costs nothing, save the compute fee of a run that takes too long, where the operator has set one. An `Idempotency-Key` makes a repeat free.',
  ].join(' '),
  auth: 'required',
  permission: 'models:infer',
  headers: z.object({
    'inference-header-content-length': z
      .optional(z.string().check(z.regex(/^\d{1,9}$/, 'must be a number of bytes')))
      .check(z.meta({ description: 'Bytes of JSON before the binary tensors' })),
    'content-encoding': z.optional(z.string()).check(z.meta({ description: 'Of the body: `gzip` or `deflate`' })),
    'accept-encoding': z.optional(z.string()).check(z.meta({ description: 'Of the answer: `gzip` or `deflate`' })),
    'x-aimass-max-price-micros': z
      .optional(z.string().check(z.regex(/^\d{1,15}$/, 'must be whole micros, at most 15 digits')))
      .check(z.meta({ description: 'Above this price the call is refused, free. A compute fee is not counted' })),
    ...affinity,
  }),
  body: inferRequest,
  bodyAs: 'bytes',
  bodyLimitBytes: INFER_BODY_LIMIT_BYTES,
  bodyLimitMend: 'send fewer rows a call, or the numbers as binary tensors',
  idempotent: true,
  responses: {
    200: {
      description: 'The outputs',
      body: inferAnswer,
      headers: {
        'x-aimass-price-micros': 'What the call cost, in micros',
        'x-aimass-version': 'The version that ran',
        'x-aimass-replayed': '`true` when an earlier call under the same `Idempotency-Key` paid for this answer',
        'inference-header-content-length': 'Bytes of JSON before the binary tensors, where any output is binary',
        'content-encoding': '`gzip` or `deflate`, where that was accepted and the answer is of some size',
        vary: '`accept-encoding`',
        ...deprecationDescriptions,
      },
    },
  },
  errors: [
    ...notEntitled,
    ...unknownModel,
    'manifest_invalid',
    'malformed_tensor',
    'signature_mismatch',
    'unknown_output',
    'insufficient_funds',
    'quota_exceeded',
    'price_above_limit',
    'idempotency_key_reused',
    'idempotent_replays_used_up',
    'model_failed',
    'model_timeout',
    'output_too_large',
  ],
} as const;

export const inferenceRoutes = defineRoutes({
  getServerMetadata: {
    method: 'GET',
    path: '/v2',
    summary: 'Get the server’s name and extensions',
    auth: 'public',
    responses: { 200: { description: 'What answers here', body: server } },
    errors: [],
  },
  getServerLive: {
    method: 'GET',
    path: '/v2/health/live',
    summary: 'Tell that the server is up',
    auth: 'public',
    responses: { 200: { description: 'It is up', body: live } },
    errors: [],
  },
  getServerReady: {
    method: 'GET',
    path: '/v2/health/ready',
    summary: 'Tell that models can be called',
    auth: 'public',
    responses: { 200: { description: 'They can', body: ready } },
    errors: [],
  },
  listCallableModels: {
    method: 'GET',
    path: '/v2/models',
    summary: 'List the models that can be called',
    description: 'Public ones, and the caller’s own.',
    auth: 'optional',
    permission: 'models:read',
    query: z.object({
      limit: z
        .catch(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(100)), 100)
        .check(z.meta({ description: 'Models a page; 100 at most' })),
      cursor: z
        .optional(z.string().check(z.maxLength(2048)))
        .check(z.meta({ description: '`next` of the previous page' })),
    }),
    responses: {
      200: {
        description: 'Their names',
        body: z.object({ models: z.array(z.string()), next: z.nullable(z.string()) }),
      },
    },
    errors: ['invalid_cursor'],
  },
  getModelMetadata: { ...metadataRoute, path: '/v2/models/{model}', params: modelParams },
  getModelVersionMetadata: {
    ...metadataRoute,
    path: '/v2/models/{model}/versions/{version}',
    params: versionParams,
  },
  getModelReady: { ...readyRoute, path: '/v2/models/{model}/ready', params: modelParams },
  getModelVersionReady: {
    ...readyRoute,
    path: '/v2/models/{model}/versions/{version}/ready',
    params: versionParams,
  },
  getModelConfig: { ...configRoute, path: '/v2/models/{model}/config', params: modelParams },
  getModelVersionConfig: {
    ...configRoute,
    path: '/v2/models/{model}/versions/{version}/config',
    params: versionParams,
  },
  getStatistics: {
    ...statisticsRoute,
    path: '/v2/models/stats',
    summary: 'Count the account’s calls of every model, as Triton does',
    errors: [],
  },
  getModelStatistics: {
    ...statisticsRoute,
    path: '/v2/models/{model}/stats',
    params: modelParams,
    errors: unknownModel,
  },
  getModelVersionStatistics: {
    ...statisticsRoute,
    path: '/v2/models/{model}/versions/{version}/stats',
    params: versionParams,
    errors: unknownModel,
  },
  inferModel: { ...inferRoute, path: '/v2/models/{model}/infer', params: modelParams },
  inferModelVersion: {
    ...inferRoute,
    path: '/v2/models/{model}/versions/{version}/infer',
    params: versionParams,
  },
  getRepositoryIndex: {
    method: 'POST',
    path: '/v2/repository/index',
    summary: 'List the models in Triton’s words',
    description:
      'At most the first 1000; page with `GET /v2/models`. With the body `{"ready": true}` only those that can be called.',
    auth: 'optional',
    permission: 'models:read',
    bodyAs: 'bytes',
    responses: { 200: { description: 'The models', body: repositoryIndex } },
    errors: [],
  },
});

// inference: what others may import. The /v2 routes and env names, and what the smoke function takes and tells.
import { z } from 'zod';
import { datatypes, type Signature, type TensorSpec } from '../shared/onnx/signature.ts';
import { defineRoutes } from '../shared/platform/route.ts';

/** Environment of `infer`: the functions it sends publishers' models to. */
export const inferEnv = z.object({ RUN_2GIB_FUNCTION: z.string().min(1), RUN_10GIB_FUNCTION: z.string().min(1) });

/** Environment of `run-*`. */
export const runEnv = z.object({ ARTIFACTS_BUCKET: z.string().min(1) });

/** Environment of whoever has a model smoke-run (registry's scan). */
export const smokeEnv = z.object({
  SMOKE_FUNCTION: z.string().min(1),
  /** The function's own memory; what a model may take is less. */
  SMOKE_MEMORY_MIB: z.coerce.number().int().min(1024),
});

/** What the smoke function is invoked with: a model nobody trusts yet, by a URL that its caller signed. */
export interface SmokeRequest {
  readonly url: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Example inputs are made from it: open dimensions 1, zeros, then ones, and empty strings. */
  readonly signature: Signature;
  readonly limits: { readonly memoryBytes: number; readonly timeoutMs: number };
}

/** What loading and running it once showed. Never thrown: a crash of the child is a report. */
export type SmokeReport =
  | {
      readonly ok: true;
      /** As the runtime sees them: output shapes may be sharper than the graph declares. */
      readonly outputs: readonly Pick<TensorSpec, 'name' | 'datatype' | 'shape'>[];
      readonly envelope: { readonly peakBytes: number; readonly loadMs: number; readonly runMs: number };
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

/** Largest body of an inference request, before its content coding is undone. */
export const INFER_BODY_LIMIT_BYTES = 5_900_000;

const parameters = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

const tensorMetadata = z.object({
  name: z.string(),
  datatype: z.enum(datatypes),
  shape: z.array(z.number().int()).meta({ description: '-1 where any size is allowed', example: [-1, 4] }),
});

const modelMetadata = z.object({
  name: z.string().meta({ example: 'acme.iris' }),
  versions: z.array(z.string()).meta({ description: 'Published versions, highest first' }),
  platform: z.literal('onnxruntime_onnx'),
  inputs: z.array(tensorMetadata),
  outputs: z.array(tensorMetadata),
});

const tensorData = z.array(z.unknown()).meta({
  description:
    'Flat in row-major order, or nested as the shape. Numbers, `true`/`false` or strings; `"NaN"`, `"Infinity"` and `"-Infinity"` for floats. FP16 and BF16 travel only as binary.',
});

const inferRequest = z.object({
  id: z.string().optional().meta({ description: 'Yours; comes back in the answer' }),
  parameters: parameters.optional().meta({
    description: '`binary_data_output: true` asks for every output as a binary tensor',
  }),
  inputs: z.array(
    z.object({
      name: z.string(),
      datatype: z.enum(datatypes),
      shape: z.array(z.number().int().min(0)).meta({ example: [1, 4] }),
      parameters: parameters.optional().meta({
        description: '`binary_data_size`: bytes of this tensor after the JSON, in place of `data`',
      }),
      data: tensorData.optional(),
    }),
  ),
  outputs: z
    .array(z.object({ name: z.string(), parameters: parameters.optional() }))
    .optional()
    .meta({
      description: 'The outputs asked for, in this order; absent: all. `binary_data: true` for a binary tensor',
    }),
});

const inferAnswer = z.object({
  model_name: z.string(),
  model_version: z.string(),
  id: z.string().optional(),
  outputs: z.array(
    z.object({
      name: z.string(),
      datatype: z.enum(datatypes),
      shape: z.array(z.number().int().min(0)),
      parameters: parameters.optional(),
      data: tensorData.optional(),
    }),
  ),
});

const tensorConfig = z.object({ name: z.string(), data_type: z.string(), dims: z.array(z.number().int()) });
const modelConfig = z.object({
  name: z.string(),
  platform: z.literal('onnxruntime_onnx'),
  backend: z.literal('onnxruntime'),
  max_batch_size: z.literal(0).meta({ description: '0: the dims are whole, batch included' }),
  version_policy: z.object({ specific: z.object({ versions: z.array(z.string()) }) }),
  input: z.array(tensorConfig),
  output: z.array(tensorConfig),
});

const modelReady = z.object({ name: z.string(), version: z.string(), ready: z.boolean() });
const live = z.object({ live: z.literal(true) });
const ready = z.object({ live: z.literal(true), ready: z.literal(true) });
const server = z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) });

const modelParams = z.object({ model: z.string().max(200).meta({ example: 'acme.iris' }) });
const versionParams = modelParams.extend({
  version: z
    .string()
    .max(200)
    .meta({ description: 'A version, an alias or a range (`^1`, percent-encoded)', example: '1.0.0' }),
});

const unknownModel = ['model_not_found', 'version_not_found', 'model_not_ready'] as const;

const metadataRoute = {
  method: 'GET',
  summary: 'Get a model’s signature',
  auth: 'optional',
  permission: 'models:read',
  responses: { 200: { description: 'Inputs, outputs and versions', body: modelMetadata } },
  errors: unknownModel,
} as const;

const readyRoute = {
  method: 'GET',
  summary: 'Tell whether a model can be called',
  auth: 'optional',
  permission: 'models:read',
  responses: { 200: { description: 'It can', body: modelReady } },
  errors: unknownModel,
} as const;

const configRoute = {
  method: 'GET',
  summary: 'Get a model’s configuration in Triton’s words',
  auth: 'optional',
  permission: 'models:read',
  responses: { 200: { description: 'Its tensors as Triton’s model configuration has them', body: modelConfig } },
  errors: unknownModel,
} as const;

const inferRoute = {
  method: 'POST',
  summary: 'Call a model',
  description: [
    'The Open Inference Protocol with its binary tensor extension: `Inference-Header-Content-Length` says how many bytes of the (uncompressed) body are JSON; the tensors’ bytes follow in the order of `inputs`.',
    'With the header `0` the whole body is the only input. Bodies may be gzip or deflate.',
    'Charged once, when the answer leaves; a refused or failed call costs nothing. An `Idempotency-Key` makes a repeat free.',
  ].join(' '),
  auth: 'required',
  permission: 'models:infer',
  headers: z.object({
    'inference-header-content-length': z
      .string()
      .regex(/^\d{1,9}$/, 'must be a number of bytes')
      .optional()
      .meta({ description: 'Bytes of JSON before the binary tensors' }),
    'content-encoding': z.string().optional().meta({ description: '`gzip` or `deflate`' }),
  }),
  body: inferRequest,
  bodyAs: 'bytes',
  bodyLimitBytes: INFER_BODY_LIMIT_BYTES,
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
      },
    },
  },
  errors: [
    ...unknownModel,
    'malformed_tensor',
    'signature_mismatch',
    'unknown_output',
    'insufficient_funds',
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
      limit: z.coerce.number().int().min(1).max(100).catch(100).meta({ description: 'Models a page; 100 at most' }),
      cursor: z.string().max(2048).optional().meta({ description: '`next` of the previous page' }),
    }),
    responses: {
      200: {
        description: 'Their names',
        body: z.object({ models: z.array(z.string()), next: z.string().nullable() }),
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
    description: 'At most the first 1000; page with `GET /v2/models`. A body is not needed.',
    auth: 'optional',
    permission: 'models:read',
    bodyAs: 'bytes',
    responses: {
      200: {
        description: 'The callable models',
        body: z.array(z.object({ name: z.string(), version: z.string(), state: z.string(), reason: z.string() })),
      },
    },
    errors: [],
  },
});

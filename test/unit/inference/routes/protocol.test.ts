// /v2 as its clients see it: bodies that are JSON, 200 or an error they can read, names they ask for.
import { describe, expect, it } from 'vitest';
import type { Billing } from '../../../../lambdas/billing/contract.ts';
import { inferenceRoutes } from '../../../../lambdas/inference/contract.ts';
import { getModelConfig } from '../../../../lambdas/inference/routes/get-model-config.ts';
import { getModelMetadata } from '../../../../lambdas/inference/routes/get-model-metadata.ts';
import { getModelReady } from '../../../../lambdas/inference/routes/get-model-ready.ts';
import { getRepositoryIndex } from '../../../../lambdas/inference/routes/get-repository-index.ts';
import { getServerLive } from '../../../../lambdas/inference/routes/get-server-live.ts';
import { getServerMetadata } from '../../../../lambdas/inference/routes/get-server-metadata.ts';
import { getServerReady } from '../../../../lambdas/inference/routes/get-server-ready.ts';
import { infer } from '../../../../lambdas/inference/routes/infer.ts';
import { listCallableModels } from '../../../../lambdas/inference/routes/list-callable-models.ts';
import type { PublishedModels } from '../../../../lambdas/registry/contract.ts';
import { DomainError } from '../../../../lambdas/shared/kernel/errors.ts';
import { createApi } from '../../../../lambdas/shared/platform/api.ts';
import type { Caller } from '../../../../lambdas/shared/platform/caller.ts';
import { callHandler } from '../../../support/http-event.ts';

const names = ['acme.echo', 'acme.second'];

const models: PublishedModels = {
  resolve: async ({ model, reference = 'latest' }) => {
    if (!names.includes(model)) throw new DomainError('not_found', 'model_not_found', `no model ${model}`);
    if (!['latest', '1.0.0', '^1'].includes(reference)) {
      throw new DomainError('not_found', 'version_not_found', `no version ${reference}`);
    }
    return {
      model,
      version: '1.0.0',
      ownerAccountId: 'acc_owner',
      visibility: 'public',
      summary: '',
      task: 'other',
      price: { perCallMicros: '0', perRowMicros: '0', version: 1 },
      signature: {
        inputs: [{ name: 'x', datatype: 'BYTES', shape: [-1], dims: ['n'] }],
        outputs: [{ name: 'y', datatype: 'BYTES', shape: [-1], dims: ['n'] }],
      },
      artifact: { key: 'k', sha256: 'a'.repeat(64), sizeBytes: 1 },
      lane: 'run-2gib',
    };
  },
  versions: async () => ['1.0.0', '0.9.0'],
  list: async ({ limit, cursor }) => {
    const from = Number(cursor ?? 0);
    const page = names.slice(from, from + Math.min(limit, 1));
    const next = from + page.length < names.length ? String(from + page.length) : null;
    return { models: page.map((model) => ({ model, version: '1.0.0', ready: true })), next };
  },
};

const billing: Billing = {
  findReplay: async () => undefined,
  quote: () => 0n,
  prepare: async () => {},
  charge: async ({ inferenceId, model, version }) => ({
    inferenceId,
    model,
    version,
    amountMicros: 0n,
    replayed: false,
  }),
};

const someone: Caller = {
  accountId: 'acc_1',
  handle: undefined,
  userId: 'usr_1',
  role: 'owner',
  operator: false,
  via: 'key',
  keyId: 'key_1',
  scopes: ['infer'],
  models: undefined,
};

const inferModel = infer({
  models,
  billing,
  requireModel: () => {},
  clock: Date.now,
  newInferenceId: () => 'inf_1',
  runner: {
    run: async ({ inputs }) => ({ ok: true, outputs: inputs.map((x) => ({ ...x, name: 'y' })), loadMs: 0, runMs: 0 }),
  },
});

const handler = createApi({
  routes: inferenceRoutes,
  authenticate: async ({ authorization }, { auth }) => {
    if (authorization) return someone;
    if (auth === 'optional') return undefined;
    throw new DomainError('unauthenticated', 'unauthenticated', 'sign in');
  },
  useCases: {
    getServerMetadata: getServerMetadata(),
    getServerLive: getServerLive(),
    getServerReady: getServerReady(),
    listCallableModels: listCallableModels(models),
    getModelMetadata: getModelMetadata(models),
    getModelVersionMetadata: getModelMetadata(models),
    getModelReady: getModelReady(models),
    getModelVersionReady: getModelReady(models),
    getModelConfig: getModelConfig(models),
    getModelVersionConfig: getModelConfig(models),
    inferModel,
    inferModelVersion: inferModel,
    getRepositoryIndex: getRepositoryIndex(models),
  },
});

const get = (path: string, headers = {}) => callHandler(handler, { method: 'GET', path, headers });
const signedIn = { authorization: 'Bearer k' };

describe('/v2 without signing in', () => {
  it.each([
    { path: '/v2', body: { name: 'aimass', extensions: expect.arrayContaining(['binary_tensor_data']) } },
    { path: '/v2/health/live', body: { live: true } },
    { path: '/v2/health/ready', body: { live: true, ready: true } },
    { path: '/v2/models/acme.echo/ready', body: { name: 'acme.echo', ready: true } },
    { path: '/v2/models/acme.echo/versions/1.0.0/ready', body: { name: 'acme.echo', version: '1.0.0', ready: true } },
    {
      path: '/v2/models/acme.echo',
      body: {
        name: 'acme.echo',
        versions: ['1.0.0', '0.9.0'],
        platform: 'onnxruntime_onnx',
        inputs: [{ name: 'x', datatype: 'BYTES', shape: [-1] }],
        outputs: [{ name: 'y', datatype: 'BYTES', shape: [-1] }],
      },
    },
    { path: '/v2/models/acme.echo/versions/%5E1', body: { name: 'acme.echo' } },
    {
      path: '/v2/models/acme.echo/config',
      body: { max_batch_size: 0, input: [{ name: 'x', data_type: 'TYPE_STRING', dims: [-1] }] },
    },
    { path: '/v2/models', body: { models: ['acme.echo'], next: '1' } },
  ])('answers GET $path as exactly JSON', async ({ path, body }) => {
    const answer = await get(path);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.body).toMatchObject(body);
  });

  it.each([undefined, '', '{"ready":true}'])('lists the whole repository whatever the body is: %s', async (body) => {
    const answer = await callHandler(handler, {
      method: 'POST',
      path: '/v2/repository/index',
      ...(body === undefined ? {} : { body }),
    });
    expect(answer.body).toEqual(names.map((name) => ({ name, version: '1.0.0', state: 'READY', reason: '' })));
  });

  it('ignores query strings', async () => {
    const answer = await callHandler(handler, {
      method: 'GET',
      path: '/v2/models/acme.echo',
      query: 'verbose=1&verbose=2&limit=x',
    });
    expect(answer.status).toBe(200);
  });

  it.each([
    { path: '/v2/models/simple', says: "Request for unknown model: 'simple' is not found" },
    { path: '/v2/models/acme.none/ready', says: "Request for unknown model: 'acme.none' is not found" },
    {
      path: '/v2/models/acme.echo/versions/7.0.0',
      says: "Request for unknown model: 'acme.echo' version 7.0.0 is not found",
    },
  ])('says what is missing in the words clients look for: $path', async ({ path, says }) => {
    const answer = await get(path);
    expect(answer.status).toBe(404);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.body.error).toBe(says);
  });
});

describe('POST /v2/models/{model}/infer', () => {
  const call = (body: unknown, headers = {}) =>
    callHandler(handler, {
      method: 'POST',
      path: '/v2/models/acme.echo/infer',
      body,
      headers: { ...signedIn, ...headers },
    });
  const json = JSON.stringify({ inputs: [{ name: 'x', datatype: 'BYTES', shape: [1], data: ['grüezi'] }] });

  it('takes JSON with no content type', async () => {
    const answer = await call(json);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.headers['x-request-id']).toBe('inf_1');
    expect(answer.body.outputs).toEqual([{ name: 'y', datatype: 'BYTES', shape: [1], data: ['grüezi'] }]);
  });

  it('takes and gives binary tensors', async () => {
    const head = JSON.stringify({
      inputs: [{ name: 'x', datatype: 'BYTES', shape: [1], parameters: { binary_data_size: 6 } }],
      outputs: [{ name: 'y', parameters: { binary_data: true } }],
    });
    const tensor = Buffer.from('\u0002\0\0\0hi', 'latin1');
    const answer = await call(Buffer.concat([Buffer.from(head), tensor]), {
      'Inference-Header-Content-Length': String(head.length),
    });
    expect(answer.status).toBe(200);
    const length = Number(answer.headers['inference-header-content-length']);
    expect(JSON.parse(answer.text.slice(0, length)).outputs).toEqual([
      { name: 'y', datatype: 'BYTES', shape: [1], parameters: { binary_data_size: 6 } },
    ]);
    expect(answer.text.slice(length)).toBe('\u0002\0\0\0hi');
  });

  it.each([
    { why: 'no JSON', body: 'hello', headers: {}, status: 400, code: 'malformed_json' },
    { why: 'bytes that are not UTF-8', body: Buffer.of(0xff, 0xfe), headers: {}, status: 400, code: 'malformed_json' },
    { why: 'nothing', body: '', headers: {}, status: 400, code: 'malformed_json' },
    {
      why: 'a header length that is no number',
      body: json,
      headers: { 'inference-header-content-length': '-1' },
      status: 400,
      code: 'malformed_request',
    },
    {
      why: 'a header length beyond the body',
      body: json,
      headers: { 'inference-header-content-length': '99999' },
      status: 400,
      code: 'malformed_request',
    },
    {
      why: 'a content coding that is not known',
      body: json,
      headers: { 'content-encoding': 'br' },
      status: 400,
      code: 'malformed_request',
    },
    {
      why: 'gzip that is none',
      body: Buffer.of(0x1f, 0x8b, 1, 2),
      headers: { 'content-encoding': 'gzip' },
      status: 400,
      code: 'malformed_request',
    },
    { why: 'too much', body: Buffer.alloc(6_000_000), headers: {}, status: 413, code: 'body_too_large' },
    {
      why: 'an idempotency key that cannot be one',
      body: json,
      headers: { 'idempotency-key': 'a b' },
      status: 400,
      code: 'malformed_request',
    },
  ])('refuses $why in one readable shape', async ({ body, headers, status, code }) => {
    const answer = await call(body, headers);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.body).toMatchObject({ code, error: expect.any(String) });
  });

  it('asks who calls', async () => {
    const answer = await callHandler(handler, { method: 'POST', path: '/v2/models/acme.echo/infer', body: json });
    expect(answer.status).toBe(401);
    expect(answer.body.error).toEqual(expect.any(String));
  });

  it('answers GET with 405 and what is allowed', async () => {
    const answer = await get('/v2/models/acme.echo/infer', signedIn);
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('POST');
  });
});

// What a key that is bound to models sees of its own account's other models through /v2: what a stranger sees.
import { beforeEach, describe, expect, it } from 'vitest';
import { inferenceRoutes } from '../../../../lambdas/inference/contract.ts';
import { getModelConfig } from '../../../../lambdas/inference/routes/get-model-config.ts';
import { getModelMetadata } from '../../../../lambdas/inference/routes/get-model-metadata.ts';
import { getModelReady } from '../../../../lambdas/inference/routes/get-model-ready.ts';
import { getRepositoryIndex } from '../../../../lambdas/inference/routes/get-repository-index.ts';
import { listCallableModels } from '../../../../lambdas/inference/routes/list-callable-models.ts';
import { PLATFORM } from '../../../../lambdas/registry/ports/act.ts';
import { publishedModels } from '../../../../lambdas/registry/published-models.ts';
import { createApi } from '../../../../lambdas/shared/platform/api.ts';
import { callHandler } from '../../../support/http-event.ts';
import { unlimited } from '../../../support/unlimited.ts';
import { memoryRegistry, validated } from '../../registry/memory-registry.ts';

const ACCOUNT = 'acc_acme';
const BOUND = 'acme.bound';
const SECRET = 'acme.secret';
const OPEN = 'acme.open';

const {
  getModelMetadata: metadata,
  getModelVersionMetadata: versionMetadata,
  getModelReady: ready,
  getModelConfig: config,
  listCallableModels: list,
  getRepositoryIndex: index,
} = inferenceRoutes;

const handlerFor = (models: ReturnType<typeof publishedModels>) =>
  createApi({
    limit: unlimited,
    routes: { metadata, versionMetadata, ready, config, list, index },
    authenticate: async ({ authorization }) => ({
      accountId: ACCOUNT,
      handle: 'acme',
      userId: 'usr_1',
      role: 'owner',
      operator: false,
      via: 'key',
      keyId: 'key_1',
      scopes: ['infer'],
      models: authorization === 'Bearer bound' ? [BOUND] : undefined,
    }),
    useCases: {
      metadata: getModelMetadata(models),
      versionMetadata: getModelMetadata(models),
      ready: getModelReady(models),
      config: getModelConfig(models),
      list: listCallableModels(models),
      index: getRepositoryIndex(models),
    },
  });

let handler: unknown;

beforeEach(async () => {
  const registry = memoryRegistry();
  const times = { revision: 1, createdAtMs: 1, updatedAtMs: 1 };
  for (const name of [BOUND, OPEN, SECRET]) {
    const common = { ownerAccountId: ACCOUNT, ...times };
    await registry.models.create({
      model: {
        ...common,
        name,
        summary: 's',
        description: undefined,
        task: 't',
        license: 'MIT',
        tags: [],
        visibility: name === OPEN ? 'public' : 'private',
        price: { perCallMicros: '1', perRowMicros: '0', version: 1 },
        latestVersion: '1.0.0',
        publishedCount: 1,
      },
      idempotency: undefined,
      act: { by: PLATFORM },
      nowMs: 1,
    });
    await registry.versions.create({
      version: {
        ...common,
        model: name,
        version: '1.0.0',
        state: 'published',
        files: [{ path: 'model.onnx', sizeBytes: 3, sha256: 'a'.repeat(64) }],
        batchInput: undefined,
        uploads: [{ kind: 'form', key: 'k' }],
        pinnedVersionIds: ['v'],
        validated,
        rejection: undefined,
        publishedAtMs: 1,
      },
      idempotency: undefined,
      act: { by: PLATFORM },
      nowMs: 1,
    });
  }
  handler = handlerFor(publishedModels({ ...registry, clock: () => 1 }));
});

const ask = (key: 'bound' | 'unbound', method: string, path: string) =>
  callHandler(handler, { method, path, headers: { authorization: `Bearer ${key}` } });

describe('a key that is bound to a model', () => {
  it.each([
    (model: string) => `/v2/models/${model}`,
    (model: string) => `/v2/models/${model}/versions/1.0.0`,
    (model: string) => `/v2/models/${model}/ready`,
    (model: string) => `/v2/models/${model}/config`,
  ])('sees by %s that model and public ones alone', async (pathOf) => {
    const statusOf = async (key: 'bound' | 'unbound', model: string) => (await ask(key, 'GET', pathOf(model))).status;
    expect(await statusOf('bound', BOUND)).toBe(200);
    expect(await statusOf('bound', OPEN)).toBe(200);
    expect(await statusOf('bound', SECRET)).toBe(404);
    expect(await statusOf('unbound', SECRET)).toBe(200);
  });

  it('finds in the list what it may call, and nothing else', async () => {
    expect((await ask('bound', 'GET', '/v2/models')).body.models).toEqual([BOUND]);
    expect((await ask('unbound', 'GET', '/v2/models')).body.models).toEqual([BOUND, OPEN, SECRET]);
  });

  it('finds no other private model in the repository index', async () => {
    const namesFor = async (key: 'bound' | 'unbound') =>
      (await ask(key, 'POST', '/v2/repository/index')).body.map(({ name }: { name: string }) => name);
    expect(await namesFor('bound')).toEqual([BOUND, OPEN]);
    expect(await namesFor('unbound')).toEqual([BOUND, OPEN, SECRET]);
    const { body } = await ask('bound', 'POST', '/v2/repository/index');
    expect(body.map(({ state, reason }: { state: string; reason: string }) => `${state} ${reason}`)).toEqual([
      'READY ',
      'UNAVAILABLE the API key is bound to other models',
    ]);
  });
});

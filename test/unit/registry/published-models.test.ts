import { beforeEach, describe, expect, it } from 'vitest';
import { readReference } from '../../../lambdas/registry/domain/find-reference.ts';
import type { Model, Version } from '../../../lambdas/registry/ports.ts';
import { publishedModels } from '../../../lambdas/registry/published-models.ts';
import { type MemoryRegistry, memoryRegistry, validated } from './memory-registry.ts';

let registry: MemoryRegistry;
let nowMs: number;
let models: ReturnType<typeof publishedModels>;

beforeEach(() => {
  registry = memoryRegistry();
  nowMs = 1_000_000;
  models = publishedModels({ ...registry, clock: () => nowMs });
});

const putModel = async (name: string, change: Partial<Model> = {}) => {
  const model: Model = {
    name,
    ownerAccountId: 'acc_acme',
    summary: 's',
    description: undefined,
    task: 't',
    license: 'MIT',
    tags: [],
    visibility: 'public',
    price: { perCallMicros: '1', perRowMicros: '0', version: 1 },
    latestVersion: undefined,
    publishedCount: 0,
    revision: 1,
    createdAtMs: 1,
    updatedAtMs: 1,
    ...change,
  };
  await registry.models.create({ model, idempotency: undefined, nowMs });
  return model;
};

const putVersions = async (model: string, versions: readonly string[], change: Partial<Version> = {}) => {
  for (const version of versions) {
    await registry.versions.create({
      version: {
        model,
        version,
        ownerAccountId: 'acc_acme',
        state: 'published',
        file: { path: 'model.onnx', sizeBytes: 3, sha256: 'a'.repeat(64) },
        batchInput: undefined,
        upload: { kind: 'form', key: 'k' },
        pinnedVersionId: 'v',
        validated,
        rejection: undefined,
        revision: 1,
        createdAtMs: 1,
        updatedAtMs: 1,
        publishedAtMs: 1,
        ...change,
      },
      idempotency: undefined,
      nowMs,
    });
  }
};

const resolve = (reference?: string, accountId?: string, model = 'acme.iris') =>
  models.resolve({ model, reference, accountId });
const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'resolved',
    ({ code }) => code,
  );

describe('resolving a model', () => {
  beforeEach(async () => {
    await putModel('acme.iris', { latestVersion: '1.10.0', publishedCount: 4 });
    await putVersions('acme.iris', ['1.0.0', '1.9.0', '1.10.0', '2.0.0-rc.1']);
    await putVersions('acme.iris', ['3.0.0'], { state: 'validated' });
  });

  it.each([
    { reference: undefined, version: '1.10.0' },
    { reference: 'latest', version: '1.10.0' },
    { reference: '1.9.0', version: '1.9.0' },
    { reference: '^1', version: '1.10.0' },
    { reference: '~1.9', version: '1.9.0' },
    { reference: '<1.10', version: '1.9.0' },
    { reference: '>=2.0.0-rc.0', version: '2.0.0-rc.1' },
  ])('takes $reference for $version', async ({ reference, version }) => {
    expect(await resolve(reference)).toMatchObject({ version, ownerAccountId: 'acc_acme', lane: 'run-2gib' });
  });

  it.each(['3.0.0', '^3', '9.9.9', 'stable', 'x'.repeat(200), '^^', '', '../1'])(
    'finds no published version for %j',
    async (reference) => expect(await codeOf(resolve(reference))).toBe('version_not_found'),
  );

  it('knows a private model to its owner alone', async () => {
    await putModel('acme.secret', { visibility: 'private', latestVersion: '1.0.0', publishedCount: 1 });
    await putVersions('acme.secret', ['1.0.0']);
    expect(await codeOf(resolve(undefined, 'acc_acme', 'acme.secret'))).toBe('resolved');
    expect(await codeOf(resolve(undefined, 'acc_other', 'acme.secret'))).toBe('model_not_found');
    expect(await codeOf(resolve(undefined, undefined, 'acme.secret'))).toBe('model_not_found');
    expect(await codeOf(models.versions({ model: 'acme.secret', accountId: 'acc_other' }))).toBe('model_not_found');
  });

  it('tells the owner that a model is not ready, and others nothing', async () => {
    await putModel('acme.empty');
    expect(await codeOf(resolve(undefined, 'acc_acme', 'acme.empty'))).toBe('model_not_ready');
    expect(await codeOf(resolve(undefined, 'acc_other', 'acme.empty'))).toBe('model_not_found');
    expect(await codeOf(resolve(undefined, undefined, 'no model at all'))).toBe('model_not_found');
  });
});

describe('what was found', () => {
  beforeEach(async () => {
    await putModel('acme.iris', { latestVersion: '1.0.0', publishedCount: 1 });
    await putVersions('acme.iris', ['1.0.0']);
  });

  it('is told again for five seconds, by one read for all who ask at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => resolve()));
    expect(registry.readCount).toBe(2);
    nowMs += 4_999;
    await resolve();
    expect(registry.readCount).toBe(2);
    nowMs += 1;
    await resolve();
    expect(registry.readCount).toBe(4);
  });

  it('lets a change of price count within five seconds', async () => {
    const before = await resolve();
    const found = await registry.models.find('acme.iris');
    if (!found) throw new Error('the model must be there');
    await registry.models.change({ ...found, price: { ...found.price, perCallMicros: '9', version: 2 }, revision: 2 });
    expect((await resolve()).price).toEqual(before.price);
    nowMs += 5_000;
    expect((await resolve()).price.version).toBe(2);
  });

  it('is there the moment it is published, however often it was asked for before', async () => {
    expect(await codeOf(resolve('1.1.0'))).toBe('version_not_found');
    await putVersions('acme.iris', ['1.1.0']);
    expect(await codeOf(resolve('1.1.0'))).toBe('resolved');
  });
});

it('holds few versions at a time, for each may carry a long signature', async () => {
  const versions = Array.from({ length: 201 }, (_, minor) => `1.${minor}.0`);
  await putModel('acme.iris', { latestVersion: '1.0.0', publishedCount: 201 });
  await putVersions('acme.iris', versions);
  for (const version of versions) await resolve(version);
  const before = registry.readCount;
  await resolve('1.200.0');
  expect(registry.readCount).toBe(before);
  await resolve('1.0.0');
  expect(registry.readCount).toBe(before + 1);
});

describe('the list of callable models', () => {
  it('holds public ones and one’s own, page by page, without those that have no latest', async () => {
    await putModel('acme.ma', { latestVersion: '1.0.0', publishedCount: 1 });
    await putModel('acme.mb', { latestVersion: '1.0.0', publishedCount: 1, visibility: 'private' });
    await putModel('acme.mc', { publishedCount: 1 });
    await putModel('acme.md');
    await putModel('zoo.me', { latestVersion: '2.0.0', publishedCount: 1, ownerAccountId: 'acc_zoo' });
    const walk = async (accountId: string | undefined) => {
      const names: string[] = [];
      for (let cursor: string | undefined; ; ) {
        const page = await models.list({ accountId, viewerOf: () => accountId, limit: 1, cursor });
        names.push(...page.models.map(({ model, version }) => `${model} ${version}`));
        if (page.next === null) return names;
        cursor = page.next;
      }
    };
    expect(await walk(undefined)).toEqual(['acme.ma 1.0.0', 'zoo.me 2.0.0']);
    expect(await walk('acc_acme')).toEqual(['acme.ma 1.0.0', 'acme.mb 1.0.0', 'zoo.me 2.0.0']);
    expect(
      await codeOf(models.list({ accountId: undefined, viewerOf: () => undefined, limit: 1, cursor: 'nonsense' })),
    ).toBe('invalid_cursor');
  });
});

describe('the list for a caller who looks at one model as its owner and at the rest as a stranger', () => {
  it('holds public ones and that one', async () => {
    for (const name of ['acme.open', 'acme.mine', 'acme.other']) {
      const visibility = name === 'acme.open' ? 'public' : 'private';
      await putModel(name, { latestVersion: '1.0.0', publishedCount: 1, visibility });
    }
    const viewerOf = (model: string) => (model === 'acme.mine' ? 'acc_acme' : undefined);
    const page = await models.list({ accountId: 'acc_acme', viewerOf, limit: 10, cursor: undefined });
    expect(page.models.map(({ model }) => model)).toEqual(['acme.mine', 'acme.open']);
  });
});

describe('a reference', () => {
  it.each([
    { text: '1.0.0', kind: 'version' },
    { text: 'latest', kind: 'alias' },
    { text: 'x', kind: 'alias' },
    { text: '*', kind: 'range' },
    { text: '^1.2 || >=3', kind: 'range' },
    { text: 'Latest', kind: undefined },
    { text: '1.0.0+build', kind: 'range' },
  ])('$text is read as $kind', ({ text, kind }) => {
    expect(readReference(text)?.kind).toBe(kind);
  });
});

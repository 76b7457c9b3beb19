// The registry's routes as HTTP, over stores in memory.
import { beforeEach, describe, expect, it } from 'vitest';
import { newModel, registryApi } from '../../support/registry-api.ts';
import { type MemoryRegistry, memoryRegistry, validated } from './memory-registry.ts';

let registry: MemoryRegistry;
let call: ReturnType<typeof registryApi>;

beforeEach(() => {
  registry = memoryRegistry();
  call = registryApi(registry);
});

const sha256 = 'c'.repeat(64);
const newVersion = (version = '1.0.0', more: object = {}) => ({
  version,
  files: [{ path: 'model.onnx', sizeBytes: 3, sha256 }],
  ...more,
});
const createModel = (name: string, more: object = {}) =>
  call('POST', '/v1/models', { who: name.split('.')[0], body: newModel(name, more) });
const createVersion = (model: string, version = '1.0.0', more: object = {}) =>
  call('POST', `/v1/models/${model}/versions`, { who: model.split('.')[0], body: newVersion(version, more) });
const act = (model: string, version: string, verb: string, who = model.split('.')[0]) =>
  call('POST', `/v1/models/${model}/versions/${version}/${verb}`, { who });

/** Draft, upload, complete, and what a scan would find. */
const makeValidated = async (model: string, version = '1.0.0') => {
  await createModel(model);
  const { body } = await createVersion(model, version);
  registry.objects.set(body.uploads[0].fields.key, { sizeBytes: 3, sha256 });
  await act(model, version, 'complete');
  registry.settleAs(model, version, { state: 'validated', validated });
};
const publish = async (model: string, version = '1.0.0') => {
  await makeValidated(model, version);
  return act(model, version, 'publish');
};

describe('creating a model', () => {
  it('answers the whole model, its place and its ETag', async () => {
    const answer = await createModel('acme.iris', { price: { perCallMicros: '200' } });
    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({ location: '/v1/models/acme.iris', etag: '"1"' });
    expect(answer.body).toEqual({
      name: 'acme.iris',
      publisher: 'acme',
      summary: 'Which of three irises a flower is',
      description: null,
      task: 'tabular-classification',
      license: 'Apache-2.0',
      tags: [],
      visibility: 'public',
      price: { perCallMicros: '200', perRowMicros: '0', version: 1 },
      requiresSubscription: false,
      terms: null,
      downloads: 'refused',
      latestVersion: null,
      rating: { average: null, mean: null, count: 0 },
      usage: { callCount: 0, callerCount: null, downloadCount: 0 },
      createdAt: expect.stringMatching(/Z$/),
      updatedAt: answer.body.createdAt,
    });
  });

  it.each([
    { why: 'no handle', change: { handle: undefined }, status: 409, code: 'handle_required' },
    { why: 'another’s handle', change: { handle: 'acmee' }, status: 403, code: 'not_your_handle' },
    { why: 'a key bound to other models', change: { models: ['acme.other'] }, status: 403, code: 'permission_denied' },
  ])('is refused with $why', async ({ change, status, code }) => {
    const answer = await call('POST', '/v1/models', { who: 'acme', change, body: newModel('acme.iris') });
    expect(answer).toMatchObject({ status, body: { code } });
    expect((await call('GET', '/v1/models/acme.iris', { who: 'acme' })).status).toBe(404);
  });

  it('needs the right to price only where a price is given', async () => {
    const change = { role: 'developer' } as const;
    const body = newModel('acme.iris', { price: { perCallMicros: '1' } });
    const priced = await call('POST', '/v1/models', { who: 'acme', change, body });
    expect(priced).toMatchObject({ status: 403, body: { code: 'permission_denied' } });
    const free = await call('POST', '/v1/models', { who: 'acme', change, body: newModel('acme.iris') });
    expect(free.status).toBe(201);
  });

  it('happens once under one idempotency key, and tells another body from the same', async () => {
    const headers = { 'idempotency-key': 'k1' };
    const post = (body: unknown) => call('POST', '/v1/models', { who: 'acme', headers, body });
    const first = await post(newModel('acme.iris'));
    const again = await post(newModel('acme.iris'));
    expect(again.status).toBe(201);
    expect(again.body).toEqual(first.body);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(await post(newModel('acme.lily'))).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    expect(await createModel('acme.iris')).toMatchObject({ status: 409, body: { code: 'model_exists' } });
  });

  it('says of a deleted model’s name that it is not given again', async () => {
    await createModel('acme.iris');
    await call('DELETE', '/v1/models/acme.iris', { who: 'acme', query: 'confirm=acme.iris&reason=over' });
    const { body } = await createModel('acme.iris');
    expect(body).toMatchObject({ code: 'model_exists', detail: expect.stringContaining('not given again') });
  });

  it.each([
    { why: 'a name of one part', body: { name: 'iris' }, pointer: '/name' },
    { why: 'an unknown field', body: { colour: 'red' }, pointer: '/colour' },
    { why: 'a negative price', body: { price: { perCallMicros: '-1' } }, pointer: '/price/perCallMicros' },
    { why: 'seven fractional digits', body: { price: { perRowMicros: '0.1234567' } }, pointer: '/price/perRowMicros' },
    { why: 'a tag twice', body: { tags: ['a', 'a'] }, pointer: '/tags' },
    { why: 'an unknown visibility', body: { visibility: 'secret' }, pointer: '/visibility' },
    { why: 'an empty summary', body: { summary: '  ' }, pointer: '/summary' },
    { why: 'a summary of two lines', body: { summary: 'a\nb' }, pointer: '/summary' },
  ])('refuses $why and points at it', async ({ body, pointer }) => {
    const answer = await call('POST', '/v1/models', { who: 'acme', body: newModel('acme.iris', body) });
    expect(answer).toMatchObject({ status: 422, body: { code: 'validation_failed', errors: [{ pointer }] } });
  });
});

describe('changing a model', () => {
  const patch = (body: unknown, headers: Record<string, string> = {}, change = {}) =>
    call('PATCH', '/v1/models/acme.iris', { who: 'acme', body, headers, change });

  beforeEach(() => createModel('acme.iris', { description: 'long', price: { perCallMicros: '0.10' } }));

  it('sets what the patch names, takes away what it nulls, and leaves the rest', async () => {
    const { body, headers } = await patch({ summary: 'New', description: null, tags: ['x'] });
    expect(body).toMatchObject({ summary: 'New', description: null, tags: ['x'], task: 'tabular-classification' });
    expect(headers.etag).toBe('"2"');
  });

  it('counts the price’s version when the amount changes, and not when it is only written otherwise', async () => {
    expect((await patch({ price: { perCallMicros: '0.1' } })).body.price.version).toBe(1);
    const { body } = await patch({ price: { perRowMicros: '2' } });
    expect(body.price).toEqual({ perCallMicros: '0.10', perRowMicros: '2', version: 2 });
  });

  it('keeps its ETag when nothing changes', async () => {
    expect((await patch({})).headers.etag).toBe('"1"');
    expect((await patch({ summary: 'Which of three irises a flower is' })).headers.etag).toBe('"1"');
  });

  it('is made only on the revision that If-Match names', async () => {
    expect((await patch({ summary: 'A' }, { 'if-match': '"1"' })).status).toBe(200);
    const late = await patch({ summary: 'B' }, { 'if-match': '"1"' });
    expect(late).toMatchObject({ status: 412, body: { code: 'precondition_failed' } });
    expect((await call('GET', '/v1/models/acme.iris', { who: 'acme' })).body.summary).toBe('A');
  });

  it('that another change came between is refused with If-Match, and joined without', async () => {
    registry.between = () => patch({ tags: ['between'] });
    const strict = await patch({ summary: 'A' }, { 'if-match': '"1"' });
    expect(strict.status).toBe(412);
    registry.between = () => patch({ tags: ['again'] });
    expect((await patch({ summary: 'B' })).body).toMatchObject({ summary: 'B', tags: ['again'] });
  });

  it('of the price needs the right to price', async () => {
    const developer = { role: 'developer' };
    expect((await patch({ price: { perCallMicros: '5' } }, {}, developer)).body.code).toBe('permission_denied');
    expect((await patch({ summary: 'A' }, {}, developer)).status).toBe(200);
  });

  it.each([
    { from: { visibility: 'private' }, to: { visibility: 'public' }, developer: 403 },
    { from: { visibility: 'private' }, to: { visibility: 'gated' }, developer: 403 },
    { from: { visibility: 'gated' }, to: { visibility: 'public' }, developer: 403 },
    { from: { visibility: 'public' }, to: { visibility: 'private' }, developer: 200 },
    { from: { price: { perCallMicros: '5' } }, to: { downloads: 'allowed' }, developer: 403 },
    { from: { price: { perCallMicros: '5' } }, to: { downloads: 'refused' }, developer: 200 },
    { from: { downloads: 'refused' }, to: { downloads: 'allowed' }, developer: 403 },
    {
      from: { downloads: 'refused', price: { perCallMicros: '0', perRowMicros: '0' } },
      to: { downloads: null },
      developer: 403,
    },
    { from: { downloads: 'allowed' }, to: { downloads: 'refused' }, developer: 200 },
  ])('from $from to $to answers a developer $developer', async ({ from, to, developer }) => {
    await patch(from);
    const tried = await patch(to, {}, { role: 'developer' });
    expect([tried.status, tried.body.code]).toEqual([developer, developer === 403 ? 'permission_denied' : undefined]);
    expect((await patch(to, {}, { role: 'admin' })).status).toBe(200);
  });

  it('is refused to others: as missing while they cannot see it, by name when they can', async () => {
    const foreign = () => call('PATCH', '/v1/models/acme.iris', { who: 'other', body: { summary: 'Mine' } });
    expect(await foreign()).toMatchObject({ status: 404, body: { code: 'model_not_found' } });
    await publish('acme.iris');
    expect(await foreign()).toMatchObject({ status: 403, body: { code: 'not_your_handle' } });
  });
});

describe('a version', () => {
  it('is a draft with one place to upload to', async () => {
    await createModel('acme.iris');
    const { status, body } = await createVersion('acme.iris', '1.0.0', { batchInput: 'X' });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      version: '1.0.0',
      state: 'draft',
      batchInput: 'X',
      files: [{ path: 'model.onnx', sizeBytes: 3, sha256 }],
      uploads: [{ path: 'model.onnx', method: 'POST', fields: { key: expect.stringContaining('acme.iris/1.0.0') } }],
    });
    const got = await call('GET', '/v1/models/acme.iris/versions/1.0.0', { who: 'acme' });
    expect(got.body).not.toHaveProperty('uploads');
    expect(await createVersion('acme.iris')).toMatchObject({ status: 409, body: { code: 'version_exists' } });
  });

  it.each([
    { why: 'another file', files: [{ path: 'weights.bin', sizeBytes: 3, sha256 }], pointer: '/files' },
    {
      why: 'a way out',
      files: ['../a.txt', 'model.onnx'].map((path) => ({ path, sizeBytes: 3, sha256 })),
      pointer: '/files/0/path',
    },
    { why: 'a file twice', files: Array(2).fill({ path: 'model.onnx', sizeBytes: 3, sha256 }), pointer: '/files' },
    {
      why: 'more than 1 GiB',
      files: [{ path: 'model.onnx', sizeBytes: 2 ** 30 + 1, sha256 }],
      pointer: '/files/0/sizeBytes',
    },
    { why: 'an empty file', files: [{ path: 'model.onnx', sizeBytes: 0, sha256 }], pointer: '/files/0/sizeBytes' },
    {
      why: 'a hash in capitals',
      files: [{ path: 'model.onnx', sizeBytes: 3, sha256: 'C'.repeat(64) }],
      pointer: '/files/0/sha256',
    },
  ])('of $why is refused, and says where', async ({ files, pointer }) => {
    await createModel('acme.iris');
    const answer = await createVersion('acme.iris', '1.0.0', { files });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer }] } });
  });

  it('is not completed before its file is there, whole and right', async () => {
    await createModel('acme.iris');
    const { key } = (await createVersion('acme.iris')).body.uploads[0].fields;
    expect((await act('acme.iris', '1.0.0', 'complete')).body.code).toBe('upload_missing');
    registry.objects.set(key, { sizeBytes: 4, sha256: undefined });
    expect((await act('acme.iris', '1.0.0', 'complete')).body.code).toBe('upload_mismatch');
    registry.objects.set(key, { sizeBytes: 3, sha256: 'd'.repeat(64) });
    expect((await act('acme.iris', '1.0.0', 'complete')).body.code).toBe('upload_mismatch');
    expect(registry.events).toEqual([]);
    registry.objects.set(key, { sizeBytes: 3, sha256: undefined });
    expect(await act('acme.iris', '1.0.0', 'complete')).toMatchObject({ status: 202, body: { state: 'scanning' } });
    expect((await act('acme.iris', '1.0.0', 'complete')).status).toBe(202);
    expect(registry.events).toEqual(['VersionCompleted.v1 acme.iris 1.0.0']);
  });

  it('uploaded in parts is completed with all their ETags', async () => {
    await createModel('acme.iris');
    const files = [{ path: 'model.onnx', sizeBytes: 2000, sha256 }];
    const { body } = await createVersion('acme.iris', '1.0.0', { files });
    expect(body.uploads).toMatchObject([{ method: 'PUT', partSizeBytes: 1000, parts: [{ number: 1 }] }]);
    const complete = (parts: unknown) =>
      call('POST', '/v1/models/acme.iris/versions/1.0.0/complete', {
        who: 'acme',
        body: { uploads: [{ path: 'model.onnx', parts }] },
      });
    expect((await act('acme.iris', '1.0.0', 'complete')).body.errors).toMatchObject([{ pointer: '/uploads' }]);
    expect((await complete([{ number: 1, etag: 'bad' }])).body.code).toBe('upload_mismatch');
    const twice = await complete([
      { number: 1, etag: 'good' },
      { number: 1, etag: 'good' },
    ]);
    expect(twice.status).toBe(422);
    expect((await complete([{ number: 1, etag: 'good' }])).body.code).toBe('upload_missing');
  });

  it('is published once it is validated, and publishing again changes nothing', async () => {
    await createModel('acme.iris');
    await createVersion('acme.iris');
    expect((await act('acme.iris', '1.0.0', 'publish')).body.code).toBe('version_state_forbids');
    const first = await publish('acme.lily');
    const again = await act('acme.lily', '1.0.0', 'publish');
    expect(first.body).toMatchObject({ state: 'published', signature: { batchInput: 'X' }, lane: 'run-2gib' });
    expect(again).toMatchObject({ status: 200, body: first.body });
    expect(registry.events.filter((event) => event.startsWith('ModelPublished'))).toHaveLength(1);
  });

  it('that was rejected says why and stays so', async () => {
    await createModel('acme.iris');
    await createVersion('acme.iris');
    const rejection = { rule: 'external_data', message: 'no', path: 'model.onnx', offset: 12 };
    registry.settleAs('acme.iris', '1.0.0', { state: 'rejected', rejection });
    const { body } = await call('GET', '/v1/models/acme.iris/versions/1.0.0', { who: 'acme' });
    expect(body).toMatchObject({ state: 'rejected', rejection });
    for (const verb of ['complete', 'publish']) {
      expect((await act('acme.iris', '1.0.0', verb)).body.code).toBe('version_state_forbids');
    }
  });
});

describe('what others see', () => {
  const status = async (path: string, who?: string) => (await call('GET', `/v1/models/${path}`, { who })).status;

  it('is nothing of a model before its first published version', async () => {
    await makeValidated('acme.iris');
    for (const path of ['acme.iris', 'acme.iris/versions', 'acme.iris/versions/1.0.0', 'acme.iris/aliases']) {
      expect(await status(path, 'other')).toBe(404);
      expect(await status(path)).toBe(404);
      expect(await status(path, 'acme')).toBe(200);
    }
  });

  it('is published versions alone', async () => {
    await publish('acme.iris');
    await createVersion('acme.iris', '1.1.0');
    expect(await status('acme.iris/versions/1.0.0')).toBe(200);
    expect(await status('acme.iris/versions/1.1.0')).toBe(404);
    const list = async (who?: string) =>
      (await call('GET', '/v1/models/acme.iris/versions', { who })).body.items.map(
        (v: { version: string }) => v.version,
      );
    expect(await list()).toEqual(['1.0.0']);
    expect(await list('acme')).toEqual(['1.1.0', '1.0.0']);
  });

  it('is nothing of a private model, word for word as of a missing one', async () => {
    await publish('acme.iris');
    await call('PATCH', '/v1/models/acme.iris', { who: 'acme', body: { visibility: 'private' } });
    const [hidden, missing] = await Promise.all(
      ['acme.iris', 'acme.lily'].map((name) => call('GET', `/v1/models/${name}`, { who: 'other' })),
    );
    expect(hidden?.status).toBe(404);
    expect(hidden?.body.detail.replace('iris', 'lily')).toBe(missing?.body.detail);
    expect((await act('acme.iris', '1.0.0', 'publish', 'other')).body.code).toBe('model_not_found');
    expect(await status('acme.iris', 'acme')).toBe(200);
  });

  it('is what a key bound to other models sees too', async () => {
    await makeValidated('acme.iris');
    const change = { models: ['acme.other'] };
    expect((await call('GET', '/v1/models/acme.iris', { who: 'acme', change })).status).toBe(404);
    expect((await call('GET', '/v1/models', { who: 'acme', change })).body.items).toEqual([]);
    await act('acme.iris', '1.0.0', 'publish');
    const refused = await call('POST', '/v1/models/acme.iris/versions', {
      who: 'acme',
      change,
      body: newVersion('2.0.0'),
    });
    expect(refused.body.code).toBe('permission_denied');
  });
});

describe('aliases', () => {
  const latest = async () => (await call('GET', '/v1/models/acme.iris/aliases/latest')).body.targets?.[0].version;

  it('latest follows the highest release', async () => {
    const seen: unknown[] = [];
    for (const version of ['1.0.0', '2.0.0-rc.1', '0.9.0', '1.10.0', '1.9.0']) {
      await publish('acme.iris', version);
      seen.push(await latest());
    }
    expect(seen).toEqual(['1.0.0', '1.0.0', '1.0.0', '1.10.0', '1.10.0']);
    const { body } = await call('GET', '/v1/models/acme.iris/aliases');
    expect(body).toMatchObject({
      items: [{ alias: 'latest', targets: [{ version: '1.10.0', weight: 1 }] }],
      next: null,
    });
    expect((await call('GET', '/v1/models/acme.iris')).body.latestVersion).toBe('1.10.0');
  });

  it('latest is none while there are prereleases alone', async () => {
    await publish('acme.iris', '1.0.0-rc.1');
    expect(await call('GET', '/v1/models/acme.iris/aliases/latest')).toMatchObject({
      status: 404,
      body: { code: 'alias_not_found' },
    });
  });

  it('latest stays right when another publish comes between', async () => {
    await makeValidated('acme.iris', '1.1.0');
    await makeValidated('acme.iris', '1.2.0');
    registry.between = () => act('acme.iris', '1.2.0', 'publish');
    expect((await act('acme.iris', '1.1.0', 'publish')).status).toBe(200);
    expect(await latest()).toBe('1.2.0');
  });
});

describe('the list of models', () => {
  const names = async (query: string, who?: string) =>
    (await call('GET', '/v1/models', { who, query })).body.items.map(({ name }: { name: string }) => name);

  beforeEach(async () => {
    await createModel('acme.iris', { tags: ['flower'], description: 'Petals and sepals' });
    await createModel('acme.price', { task: 'tabular-regression', summary: 'What a house costs' });
    for (const name of ['acme.iris', 'acme.price', 'zoo.iris']) await publish(name);
    await createModel('zoo.hidden', { visibility: 'private' });
  });

  it('is filtered by words, task and publisher, and sorted by name', async () => {
    expect(await names('')).toEqual(['acme.iris', 'acme.price', 'zoo.iris']);
    expect(await names('sort=-name')).toEqual(['zoo.iris', 'acme.price', 'acme.iris']);
    expect(await names('q=IRIS+sepals')).toEqual(['acme.iris']);
    expect(await names('q=flower')).toEqual(['acme.iris', 'zoo.iris']);
    expect(await names('task=tabular-regression')).toEqual(['acme.price']);
    expect(await names('publisher=zoo')).toEqual(['zoo.iris']);
    expect(await names('publisher=zoo', 'zoo')).toEqual(['zoo.hidden', 'zoo.iris']);
  });

  it('refuses what it does not know, and cursors of other lists', async () => {
    expect((await call('GET', '/v1/models', { query: 'sort=colour' })).status).toBe(422);
    expect((await call('GET', '/v1/models', { query: 'colour=red' })).status).toBe(422);
    const { body } = await call('GET', '/v1/models', { query: 'limit=1' });
    const other = await call('GET', '/v1/models', { query: `limit=1&q=iris&cursor=${body.next}` });
    expect(other).toMatchObject({ status: 422, body: { code: 'invalid_cursor' } });
    const [content, rest] = [JSON.parse(Buffer.from(body.next, 'base64url').toString()), { after: '~' }];
    const forged = Buffer.from(JSON.stringify({ ...content, k: rest })).toString('base64url');
    expect((await call('GET', '/v1/models', { query: `limit=1&cursor=${forged}` })).body.code).toBe('invalid_cursor');
  });
});

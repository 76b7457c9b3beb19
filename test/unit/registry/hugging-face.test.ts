// The Hub's read protocol over stores in memory: what its clients read of answers and refusals.
import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { huggingFaceErrorHeaders } from '../../../lambdas/registry/domain/hugging-face-errors.ts';
import { repoFiles, treeOf } from '../../../lambdas/registry/routes/hugging-face/repo-files.ts';
import { registryApi } from '../../support/registry-api.ts';
import { memoryDownloads } from './memory-downloads.ts';
import { type MemoryRegistry, memoryRegistry } from './memory-registry.ts';
import { publishInMemory } from './publish-in-memory.ts';

let registry: MemoryRegistry;
let downloads: ReturnType<typeof memoryDownloads>;
let call: ReturnType<typeof registryApi>;
let sha256: string;

beforeEach(async () => {
  registry = memoryRegistry();
  downloads = memoryDownloads();
  call = registryApi({ ...registry, ...downloads });
  sha256 = await publishInMemory(registry, call, { name: 'acme.iris', more: { tags: ['flowers'] } });
});

const api = '/hf/api/models/acme/iris';
const resolve = (revision = 'main', path = 'model.onnx') => `/hf/acme/iris/resolve/${revision}/${path}`;
const commitOf = async (revision: string) => (await call('GET', `${api}/revision/${revision}`)).body.sha;

describe('a repository', () => {
  it('tells its commit, its files and what its card says', async () => {
    const { body } = await call('GET', api, { query: 'blobs=True&securityStatus=True' });
    expect(body).toMatchObject({
      id: 'acme/iris',
      sha: expect.stringMatching(/^[0-9a-f]{40}$/),
      private: false,
      gated: false,
      tags: ['onnx', 'tabular-classification', 'flowers', 'license:apache-2.0'],
      cardData: { license: 'apache-2.0', library_name: 'onnx' },
      downloads: 0,
      siblings: [
        { rfilename: 'README.md' },
        { rfilename: 'model.onnx', size: 1234, lfs: { sha256, size: 1234, pointerSize: 129 } },
      ],
    });
    expect((await call('GET', api)).body.siblings).toEqual([{ rfilename: 'README.md' }, { rfilename: 'model.onnx' }]);
  });

  it('names its files as Git does', async () => {
    const { body } = await call('GET', `${api}/tree/main`);
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize 1234\n`;
    const oid = createHash('sha1').update(`blob ${pointer.length}\0${pointer}`).digest('hex');
    expect(body[1]).toEqual({
      type: 'file',
      path: 'model.onnx',
      size: 1234,
      oid,
      lfs: { oid: sha256, size: 1234, pointerSize: pointer.length },
    });
    const expanded = (await call('GET', `${api}/tree/main`, { query: 'recursive=True&expand=True' })).body;
    expect(expanded[0].lastCommit).toMatchObject({ id: await commitOf('main'), title: 'Version 1.0.0' });
  });

  it('is at one commit by `main`, alias, version, range and the commit itself', async () => {
    const commit = await commitOf('main');
    for (const revision of ['latest', '1.0.0', '^1', commit]) expect(await commitOf(revision)).toBe(commit);
    await publishInMemory(registry, call, { name: 'acme.iris', version: '1.1.0' });
    expect(await commitOf('main')).not.toBe(commit);
    expect((await call('HEAD', resolve(commit))).headers).toMatchObject({
      'x-repo-commit': commit,
      'x-aimass-version': '1.0.0',
    });
  });

  it('keeps a pinned commit when its card changes', async () => {
    const before = await commitOf('main');
    await call('PATCH', '/v1/models/acme.iris', { who: 'acme', body: { summary: 'Irises, told apart' } });
    const after = await commitOf('main');
    expect(after).not.toBe(before);
    expect(after.slice(0, 32)).toBe(before.slice(0, 32));
    expect(await commitOf(before)).toBe(before);
    expect((await call('GET', resolve(before, 'README.md'))).text).toContain('Irises, told apart');
  });

  it('tells aliases as branches and versions as tags', async () => {
    await publishInMemory(registry, call, { name: 'acme.iris', version: '2.0.0-rc.1' });
    const { body } = await call('GET', `${api}/refs`);
    const first = await commitOf('1.0.0');
    expect(body).toEqual({
      branches: [
        { name: 'main', ref: 'refs/heads/main', targetCommit: first },
        { name: 'latest', ref: 'refs/heads/latest', targetCommit: first },
      ],
      converts: [],
      tags: [
        { name: '2.0.0-rc.1', ref: 'refs/tags/2.0.0-rc.1', targetCommit: await commitOf('2.0.0-rc.1') },
        { name: '1.0.0', ref: 'refs/tags/1.0.0', targetCommit: first },
      ],
    });
    expect((await call('GET', `${api}/refs`, { query: 'include_prs=1' })).body.pullRequests).toEqual([]);
  });

  it('tells the versions up to a revision as its history, retired ones left out', async () => {
    for (const version of ['1.1.0', '1.2.0', '2.0.0'])
      await publishInMemory(registry, call, { name: 'acme.iris', version });
    registry.settleAs('acme.iris', '1.1.0', { state: 'retired' });
    const { body } = await call('GET', `${api}/commits/1.2.0`);
    expect(body).toMatchObject([{ title: 'Version 1.2.0', authors: [{ user: 'acme' }] }, { title: 'Version 1.0.0' }]);
    expect(body[0].id).toBe(await commitOf('1.2.0'));
    expect((await call('GET', `${api}/refs`)).body.tags.map(({ name }: { name: string }) => name)).toEqual([
      '2.0.0',
      '1.2.0',
      '1.0.0',
    ]);
    const gone = await call('GET', `${api}/revision/1.1.0`);
    expect([gone.status, gone.headers['x-error-code']]).toEqual([409, 'RevisionNotFound']);
  });

  it('tells about paths, by form and by JSON, and passes over what is not there', async () => {
    const path = `${api}/paths-info/main`;
    const form = await call('POST', path, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.from('paths=model.onnx&paths=none.txt&expand=False'),
    });
    expect(form.body).toMatchObject([{ path: 'model.onnx', size: 1234 }]);
    const json = await call('POST', path, { body: { paths: ['README.md'], expand: true } });
    expect(json.body).toMatchObject([{ path: 'README.md', lastCommit: { title: 'Version 1.0.0' } }]);
    const bad = await call('POST', path, { body: { paths: 7 } });
    expect(bad.body).toMatchObject({ status: 400, code: 'malformed_request' });
  });
});

describe('a file', () => {
  it('is told by HEAD without an address, and led to by GET, counted like any download', async () => {
    const head = await call('HEAD', resolve(), { who: 'zoe' });
    expect(head).toMatchObject({
      status: 200,
      headers: {
        etag: `"${sha256}"`,
        'x-linked-etag': `"${sha256}"`,
        'x-linked-size': '1234',
        'content-length': '1234',
        'x-repo-commit': await commitOf('main'),
      },
    });
    expect(head.headers).not.toHaveProperty('location');
    expect(await downloads.counts.total('acme.iris')).toBe(0);
    const got = await call('GET', resolve(), { who: 'zoe' });
    expect(got).toMatchObject({ status: 302, headers: { location: expect.stringContaining(sha256) } });
    await call('GET', '/v1/models/acme.iris/versions/1.0.0/files/model.onnx', { who: 'zoe' });
    expect(await downloads.counts.total('acme.iris')).toBe(1);
  });

  it('of the card is answered itself', async () => {
    const got = await call('GET', resolve('main', 'README.md'));
    expect(got).toMatchObject({ status: 200, headers: { 'content-type': 'text/markdown; charset=utf-8' } });
    expect(got.headers['content-length']).toBe(String(got.bytes.length));
    const oid = createHash('sha1').update(`blob ${got.bytes.length}\0`).update(got.bytes).digest('hex');
    expect(got.headers.etag).toBe(`"${oid}"`);
    expect(got.text).toContain('license: "apache-2.0"');
    const again = await call('GET', resolve('main', 'README.md'), {
      headers: { 'if-none-match': got.headers.etag ?? '' },
    });
    expect(again.status).toBe(304);
  });
});

describe('a refusal', () => {
  it.each([
    { path: '/hf/api/models/acme/none', status: 404, code: 'RepoNotFound' },
    { path: '/hf/api/models/none', status: 404, code: 'RepoNotFound' },
    { path: '/hf/api/datasets/acme/iris', status: 404, code: 'RepoNotFound' },
    { path: '/hf/acme/none/resolve/main/model.onnx', status: 404, code: 'RepoNotFound' },
    { path: '/hf/api/models/acme/iris/revision/nope', status: 404, code: 'RevisionNotFound' },
    { path: '/hf/api/models/acme/iris/tree/main/nope', status: 404, code: 'EntryNotFound' },
    { path: '/hf/acme/iris/resolve/main/nope.bin', status: 404, code: 'EntryNotFound' },
    { path: '/hf/acme/sold/resolve/main/model.onnx', status: 403, code: 'GatedRepo' },
    { path: '/hf/api/models/acme/sold/auth-check', status: 403, code: 'GatedRepo' },
    { path: '/hf/acme/gated/resolve/main/model.onnx', status: 403, code: 'GatedRepo' },
    { path: '/hf/acme/hidden/resolve/main/model.onnx', status: 404, code: 'RepoNotFound' },
  ])('of $path is $code', async ({ path, status, code }) => {
    await publishInMemory(registry, call, { name: 'acme.sold', more: { price: { perCallMicros: '1' } } });
    await publishInMemory(registry, call, { name: 'acme.gated', more: { visibility: 'gated' } });
    await publishInMemory(registry, call, { name: 'acme.hidden', more: { visibility: 'private' } });
    const answer = await call('GET', path, { who: 'zoe' });
    expect([answer.status, answer.headers['x-error-code']]).toEqual([status, code]);
    expect(answer.headers['x-error-message']).toBe(answer.body.detail);
    expect(answer.body.error).toBe(answer.body.detail);
    expect(answer.headers['content-type']).toBe('application/json');
  });

  it('of who is not signed in is no missing repository where all may see it', async () => {
    await publishInMemory(registry, call, { name: 'acme.gated', more: { visibility: 'gated' } });
    const answer = await call('HEAD', '/hf/acme/gated/resolve/main/model.onnx');
    expect([answer.status, answer.headers['x-error-code']]).toEqual([401, 'GatedRepo']);
    expect(answer.headers['x-error-message']).toContain('sign in');
    expect((await call('GET', '/hf/api/models/acme/gated')).body.gated).toBe('manual');
  });

  it('of a missing file names the commit, under which clients remember it', async () => {
    const answer = await call('HEAD', resolve('main', 'nope'));
    expect(answer.headers['x-repo-commit']).toBe(await commitOf('main'));
  });

  it('tells its message in ASCII on one line, and none outside of the protocol', async () => {
    const answer = await call('GET', '/hf/acme/iris/resolve/main/sch\u00f6n\n.bin');
    expect(answer.headers['x-error-message']).toMatch(/^[\x20-\x7e]+$/);
    expect((await call('GET', '/v1/models/acme.none')).headers).not.toHaveProperty('x-error-code');
  });

  it('leaves the card of a model that is sold to be read', async () => {
    await publishInMemory(registry, call, { name: 'acme.sold', more: { price: { perCallMicros: '1' } } });
    expect((await call('GET', '/hf/acme/sold/resolve/main/README.md')).status).toBe(200);
    expect((await call('GET', '/hf/api/models/acme/sold')).body.gated).toBe(false);
  });
});

/** What comes after it has a later time than what came before. */
const nextMillisecond = async () => {
  for (const nowMs = Date.now(); Date.now() === nowMs; ) await new Promise((wake) => setImmediate(wake));
};

describe('the list', () => {
  beforeEach(async () => {
    await nextMillisecond();
    await publishInMemory(registry, call, {
      name: 'acme.sold',
      more: { price: { perCallMicros: '1' }, task: 'other' },
    });
    await publishInMemory(registry, call, { name: 'acme.hidden', more: { visibility: 'private' } });
    await nextMillisecond();
    await publishInMemory(registry, call, { name: 'zoe.iris2' });
    await call('POST', '/v1/models', {
      who: 'zoe',
      body: { name: 'zoe.empty', summary: 's', task: 'other', license: 'MIT' },
    });
  });
  const list = async (query: string, who?: string) =>
    (await call('GET', '/hf/api/models', { query, who })).body.map(({ id }: { id: string }) => id);

  it('has what the caller sees and can read', async () => {
    expect(await list('')).toEqual(['acme/iris', 'acme/sold', 'zoe/iris2']);
    expect(await list('', 'acme')).toEqual(['acme/hidden', 'acme/iris', 'acme/sold', 'zoe/iris2']);
    expect(await list('', 'zoe')).toEqual(['acme/iris', 'acme/sold', 'zoe/iris2']);
  });

  it.each([
    { query: 'author=zoe', ids: ['zoe/iris2'] },
    { query: 'search=acme/iris', ids: ['acme/iris'] },
    { query: 'filter=onnx&filter=flowers', ids: ['acme/iris'] },
    { query: 'filter=license:apache-2.0,other', ids: ['acme/sold'] },
    { query: 'pipeline_tag=other', ids: ['acme/sold'] },
    { query: 'gated=True', ids: [] },
    { query: 'gated=False&apps=vllm&trendingScore=1', ids: ['acme/iris', 'acme/sold', 'zoe/iris2'] },
    { query: 'author=nobody', ids: [] },
    { query: 'search=iri', ids: ['acme/iris', 'zoe/iris2', 'acme/sold'] },
    { query: 'search=e/iri', ids: ['acme/iris', 'zoe/iris2'] },
    { query: 'filter=license:mit,license:apache-2.0', ids: [] },
    { query: 'sort=createdAt', ids: ['zoe/iris2', 'acme/sold', 'acme/iris'] },
    { query: 'sort=createdAt&direction=1', ids: ['acme/iris', 'acme/sold', 'zoe/iris2'] },
    { query: 'sort=lastModified&limit=1', ids: ['zoe/iris2'] },
    { query: 'sort=constructor', ids: ['acme/iris', 'acme/sold', 'zoe/iris2'] },
  ])('is narrowed by $query', async ({ query, ids }) => {
    expect(await list(query)).toEqual(ids);
  });

  it('goes on at an absolute link, under the name that the caller called', async () => {
    const first = await call('GET', '/hf/api/models', {
      query: 'limit=2&filter=onnx',
      headers: { 'x-forwarded-host': '127.0.0.1:4567', 'x-forwarded-proto': 'http' },
    });
    expect(first.body).toHaveLength(2);
    const [, url = ''] = /^<(.+)>; rel="next"$/.exec(first.headers.link ?? '') ?? [];
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:4567\/hf\/api\/models\?/);
    const second = await call('GET', '/hf/api/models', {
      query: new URL(url).search.slice(1),
      headers: { 'x-aimass-viewer-host': 'models.example', 'x-forwarded-proto': 'http' },
    });
    expect(second.body.map(({ id }: { id: string }) => id)).toEqual(['zoe/iris2']);
    expect(second.headers).not.toHaveProperty('link');
    const behind = await call('GET', '/hf/api/models', {
      query: 'limit=1',
      headers: { 'x-aimass-viewer-host': 'models.example', 'x-forwarded-host': 'other.example' },
    });
    expect(behind.headers.link).toMatch(/^<https:\/\/models\.example\/hf/);
  });

  it('has commit and files where all is asked for', async () => {
    const { body } = await call('GET', '/hf/api/models', { query: 'full=True&search=irises&filter=flowers' });
    expect(body).toMatchObject([{ sha: await commitOf('main'), siblings: [{}, { rfilename: 'model.onnx' }] }]);
  });
});

it.each(['not_subscribed', 'quota_exceeded', 'access_required', 'terms_not_accepted'] as const)(
  '%s is told as what is there, but not for everybody',
  (code) => {
    const headers = huggingFaceErrorHeaders({ status: 403, code, detail: 'no' }, '/hf/acme/iris/resolve/main/x');
    expect(headers).toEqual({ 'x-error-code': 'GatedRepo', 'x-error-message': 'no' });
  },
);

describe('who one is', () => {
  it('is told to who shows a key, and refused in the Hub’s words to who does not', async () => {
    const { body } = await call('GET', '/hf/api/whoami-v2', { who: 'zoe', change: { scopes: ['models:read'] } });
    expect(body).toMatchObject({ type: 'user', name: 'zoe', orgs: [], auth: { accessToken: { role: 'read' } } });
  });
});

it('a tree has folders for what lies deeper', () => {
  const file = (path: string) => ({ path, sizeBytes: 1, sha256: 'a'.repeat(64), key: 'sha256/a' });
  const readme = { text: 'card', isWritten: true };
  const files = repoFiles(['model.onnx', 'tokenizer/vocab.txt', 'tokenizer/extra/a.txt'].map(file), readme);
  const paths = (folder: string, recursive: boolean) =>
    treeOf(files, folder, recursive)?.map(({ type, path }) => `${type[0]} ${path}`);
  expect(paths('', false)).toEqual(['f README.md', 'f model.onnx', 'd tokenizer']);
  expect(paths('tokenizer', false)).toEqual(['d tokenizer/extra', 'f tokenizer/vocab.txt']);
  expect(paths('tokenizer', true)).toEqual(['d tokenizer/extra', 'f tokenizer/extra/a.txt', 'f tokenizer/vocab.txt']);
  expect(paths('', true)).toHaveLength(6);
  expect(paths('token', true)).toBeUndefined();
  expect(paths('tokenizer/vocab.txt', false)).toEqual(['f tokenizer/vocab.txt']);
});

it.each([
  { isWritten: true, text: 'card' },
  { isWritten: false, text: undefined },
])('a version’s own README.md stands back behind a card that was written: $isWritten', ({ isWritten, text }) => {
  const own = ['README.md', 'model.onnx'].map((path) => ({ path, sizeBytes: 1, sha256: 'a'.repeat(64), key: 'k' }));
  const files = repoFiles(own, { text: 'card', isWritten });
  expect(files.map((file) => [file.path, file.text])).toEqual([
    ['README.md', text],
    ['model.onnx', undefined],
  ]);
});

it('an empty card is as none', async () => {
  const readme = async () => (await call('GET', resolve('main', 'README.md'))).text;
  const before = await readme();
  await call('PUT', '/v1/models/acme.iris/card', { who: 'acme', body: { text: '# Irises\n' } });
  expect(await readme()).toContain('# Irises');
  await call('PUT', '/v1/models/acme.iris/card', { who: 'acme', body: { text: '' } });
  expect(await readme()).toBe(before);
});

it('a claimed metric without a task is told of the model’s, which the Hub’s clients want', async () => {
  const metrics = '{dataset: {name: Iris, type: iris}, metrics: [{type: accuracy, value: 0.97}]}';
  const text = `---\nmodel-index: [{name: iris, results: [${metrics}, {task: {type: other}}]}]\n---\n`;
  await call('PUT', '/v1/models/acme.iris/card', { who: 'acme', body: { text } });
  const { cardData } = (await call('GET', api)).body;
  expect(cardData['model-index'][0].results).toMatchObject([
    { task: { type: 'tabular-classification' }, dataset: { name: 'Iris' } },
    { task: { type: 'other' } },
  ]);
});

// Downloads over HTTP, over stores in memory: who may, what a file's headers say, and what counts.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { publishedModels } from '../../../lambdas/registry/published-models.ts';
import { registryApi } from '../../support/registry-api.ts';
import { memoryDownloads } from './memory-downloads.ts';
import { type MemoryRegistry, memoryRegistry } from './memory-registry.ts';
import { publishInMemory } from './publish-in-memory.ts';

let registry: MemoryRegistry;
let downloads: ReturnType<typeof memoryDownloads>;
let call: ReturnType<typeof registryApi>;
let sha256: string;

const priced = { price: { perCallMicros: '200' } };

beforeEach(async () => {
  registry = memoryRegistry();
  downloads = memoryDownloads();
  call = registryApi({ ...registry, ...downloads });
  sha256 = await publishInMemory(registry, call, { name: 'acme.iris' });
});

const pathOf = (model = 'acme.iris', version = '1.0.0', file = '/model.onnx') =>
  `/v1/models/${model}/versions/${version}/files${file}`;

describe('a file of a version', () => {
  it('is told by HEAD: its hash, its size, that ranges can be had', async () => {
    const head = await call('HEAD', pathOf());
    expect(head).toMatchObject({
      status: 200,
      text: '',
      headers: {
        etag: `"${sha256}"`,
        'accept-ranges': 'bytes',
        'content-length': '1234',
        'content-type': 'application/octet-stream',
        'x-aimass-sha256': sha256,
        'x-aimass-version': '1.0.0',
        'repr-digest': `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`,
      },
    });
    expect(head.headers).not.toHaveProperty('location');
    expect(await downloads.counts.total('acme.iris')).toBe(0);
  });

  it('is led to by GET, under its own name', async () => {
    const got = await call('GET', pathOf());
    expect(got).toMatchObject({ status: 302, headers: { etag: `"${sha256}"` } });
    expect(got.headers.location).toBe(`https://artifacts.example/sha256/${sha256}?as=model.onnx`);
  });

  it.each(['GET', 'HEAD'])('is not sent again by %s to who has it, and that counts for nothing', async (method) => {
    for (const tag of [`"${sha256}"`, `W/"x", W/"${sha256}"`, '*']) {
      const headers = { 'if-none-match': tag };
      expect((await call(method, pathOf(), { who: 'zoe', headers })).status).toBe(304);
    }
    expect((await call('GET', pathOf(), { headers: { 'if-none-match': '"other"' } })).status).toBe(302);
    expect(await downloads.counts.total('acme.iris')).toBe(1);
  });

  it('is found by version, alias and range, and what was found is told', async () => {
    await publishInMemory(registry, call, { name: 'acme.iris', version: '1.1.0' });
    for (const [reference, found] of [
      ['1.0.0', '1.0.0'],
      ['latest', '1.1.0'],
      ['^1', '1.1.0'],
      ['~1.0', '1.0.0'],
    ] as const) {
      expect((await call('HEAD', pathOf('acme.iris', reference))).headers['x-aimass-version']).toBe(found);
    }
    for (const [reference, code] of [
      ['9.9.9', 'version_not_found'],
      ['oldest', 'version_not_found'],
      ['^9', 'version_not_found'],
    ]) {
      expect((await call('GET', pathOf('acme.iris', reference))).body).toMatchObject({ status: 404, code });
    }
    const missing = await call('GET', pathOf('acme.iris', '1.0.0', '/weights/a.bin'));
    expect(missing.body).toMatchObject({
      status: 404,
      code: 'file_not_found',
      detail: expect.stringContaining('model.onnx'),
    });
  });

  it('stands in the list with the hash that it is downloaded under', async () => {
    const list = await call('GET', pathOf('acme.iris', 'latest', ''));
    expect(list.body).toEqual({
      version: '1.0.0',
      items: [{ path: 'model.onnx', sizeBytes: 1234, sha256 }],
      next: null,
    });
  });

  it('is not given away before its scan, nor once it is retired', async () => {
    registry.settleAs('acme.iris', '1.0.0', { state: 'retired' });
    expect((await call('GET', pathOf())).body).toMatchObject({ status: 409, code: 'version_retired' });
  });
});

describe('the files of a reference', () => {
  const callers = Array.from({ length: 40 }, (_, n) => `caller${n}`);
  const put = (alias: string, weights: Readonly<Record<string, number>>) => {
    const targets = Object.entries(weights).map(([version, weight]) => ({ version, weight }));
    return call('PUT', `/v1/models/acme.iris/aliases/${alias}`, { who: 'acme', body: { targets } });
  };
  const head = async (reference: string, who?: string) => {
    const { status, headers } = await call('HEAD', pathOf('acme.iris', reference), { who });
    return status === 200 ? headers['x-aimass-version'] : status;
  };
  const called = async (reference: string, who: string) => {
    const models = publishedModels({ ...registry, clock: Date.now });
    return (await models.resolve({ model: 'acme.iris', reference, accountId: `acc_${who}` })).version;
  };
  const quarantine = (version: string) => {
    const fared = { model: 'acme.iris', version, ownerAccountId: 'acc_acme', failures: [], releaseCount: 0 };
    return registry.health.fail({ ...fared, quarantinedAtMs: 1, revision: 1 }, 1);
  };
  const end = (version: string) => {
    const deprecation = { sinceMs: 1, sunsetAtMs: Date.now(), successor: undefined, reason: 'r' };
    registry.settleAs('acme.iris', version, { state: 'deprecated', deprecation });
  };
  beforeEach(() => publishInMemory(registry, call, { name: 'acme.iris', version: '1.1.0' }));

  it.each(['stable', 'latest'])(
    'are of the version that the caller is given by alias %s, split as it may be',
    async (alias) => {
      await put(alias, { '1.0.0': 60, '1.1.0': 40 });
      const given = await Promise.all(callers.map((who) => called(alias, who)));
      expect(new Set(given).size).toBe(2);
      expect(await Promise.all(callers.map((who) => head(alias, who)))).toEqual(given);
      expect(await head(alias)).toBe(await head(alias));
    },
  );

  it('are of the alias’s other versions where one is quarantined or over, and of none where none is left', async () => {
    await put('stable', { '1.0.0': 99, '1.1.0': 1 });
    await quarantine('1.0.0');
    expect(new Set(await Promise.all(callers.map((who) => head('stable', who))))).toEqual(new Set(['1.1.0']));
    end('1.1.0');
    const refused = await call('GET', pathOf('acme.iris', 'stable'), { who: 'zoe' });
    expect(refused.body).toMatchObject({ status: 409, code: 'alias_without_target' });
  });

  it('are refused from the end of its notice on, and `latest` and ranges lead to another', async () => {
    end('1.1.0');
    const ended = await call('GET', pathOf('acme.iris', '1.1.0'), { who: 'zoe' });
    expect(ended.body).toMatchObject({ status: 409, code: 'version_retired' });
    for (const reference of ['latest', '^1']) expect(await head(reference, 'zoe')).toBe('1.0.0');
    const repo = await call('GET', '/hf/acme/iris/resolve/main/model.onnx', { who: 'zoe' });
    expect(repo.headers['x-aimass-version']).toBe('1.0.0');
  });
});

describe('who may', () => {
  const get = async (model: string, who: string | undefined, change = {}) => {
    const answer = await call('GET', pathOf(model), { who, change });
    return answer.status === 302 ? 302 : answer.body.code;
  };

  it('a key that is bound to other models is told so, and takes what all may take', async () => {
    const bound = { models: ['acme.iris'] };
    await publishInMemory(registry, call, { name: 'acme.gated', more: { visibility: 'gated' } });
    await publishInMemory(registry, call, { name: 'acme.open' });
    expect(await get('acme.open', 'zoe', bound)).toBe(302);
    const refused = await call('GET', pathOf('acme.gated'), { who: 'zoe', change: bound });
    expect(refused.body).toMatchObject({
      status: 403,
      code: 'permission_denied',
      detail: "the API key is bound to 'acme.iris', got 'acme.gated'",
    });
    const hub = await call('HEAD', '/hf/acme/gated/resolve/main/model.onnx', { who: 'zoe', change: bound });
    expect([hub.status, hub.headers['x-error-code']]).toEqual([403, 'GatedRepo']);
    expect(await get('acme.gated', undefined)).toBe('unauthenticated');
  });

  it.each([
    { what: 'a free model', more: {}, nobody: 302, stranger: 302 },
    { what: 'a priced model', more: priced, nobody: 'download_refused', stranger: 'download_refused' },
    {
      what: 'a priced model that is given away',
      more: { ...priced, downloads: 'allowed' },
      nobody: 302,
      stranger: 302,
    },
    {
      what: 'a free model that is not given away',
      more: { downloads: 'refused' },
      nobody: 'download_refused',
      stranger: 'download_refused',
    },
    {
      what: 'a private model',
      more: { visibility: 'private' },
      nobody: 'model_not_found',
      stranger: 'model_not_found',
    },
  ])('$what', async ({ more, nobody, stranger }) => {
    await publishInMemory(registry, call, { name: 'acme.other', more });
    expect(await get('acme.other', undefined)).toBe(nobody);
    expect(await get('acme.other', 'zoe')).toBe(stranger);
    expect(await get('acme.other', 'acme')).toBe(302);
    // A key bound to another model is a stranger to this one.
    expect(await get('acme.other', 'acme', { models: ['acme.iris'] })).toBe(stranger);
  });

  it('of a gated model: who was let in, and is told which step is missing until then', async () => {
    await publishInMemory(registry, call, { name: 'acme.gated', more: { visibility: 'gated' } });
    const requests = '/v1/models/acme.gated/access-requests';
    expect(await get('acme.gated', undefined)).toBe('unauthenticated');
    expect(await get('acme.gated', 'zoe')).toBe('access_required');
    const asked = await call('POST', requests, { who: 'zoe', body: { reason: 'to compare it with ours' } });
    expect(asked.status).toBe(201);
    expect(await get('acme.gated', 'zoe')).toBe('access_pending');
    await call('POST', `${requests}/acc_zoe/approve`, { who: 'acme', body: {} });
    expect(await get('acme.gated', 'zoe')).toBe(302);
    await call('PATCH', '/v1/models/acme.gated', { who: 'acme', body: { downloads: 'refused' } });
    expect(await get('acme.gated', 'zoe')).toBe('download_refused');
  });

  it('follows the price unless the publisher said something', async () => {
    const patch = async (body: object) =>
      (await call('PATCH', '/v1/models/acme.iris', { who: 'acme', body })).body.downloads;
    expect(await patch({ price: { perRowMicros: '0.1' } })).toBe('refused');
    expect(await patch({ downloads: 'allowed' })).toBe('allowed');
    expect(await patch({ price: { perRowMicros: '5' } })).toBe('allowed');
    expect(await patch({ downloads: null })).toBe('refused');
    expect(await patch({ price: { perRowMicros: '0' } })).toBe('allowed');
  });
});

describe('a download', () => {
  it('counts once a day for each account and version, and for all who are not signed in as one', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 10, 30, 23) });
    try {
      await publishInMemory(registry, call, { name: 'acme.iris', version: '1.1.0' });
      const total = async (who: string | undefined, version = '1.0.0') => {
        await call('GET', pathOf('acme.iris', version), { who });
        return downloads.counts.total('acme.iris');
      };
      expect(await total('zoe')).toBe(1);
      expect(await total('zoe')).toBe(1);
      expect(await total('zoe', '1.1.0')).toBe(2);
      expect(await total('zoe', 'latest')).toBe(2);
      expect(await total('yan')).toBe(3);
      expect(await total(undefined)).toBe(4);
      expect(await total(undefined)).toBe(4);
      expect(await total('acme')).toBe(4);
      vi.setSystemTime(Date.UTC(2026, 11, 1, 1));
      expect(await total('zoe')).toBe(5);
      expect(await downloads.counts.since('acme.iris', '2026-12-01')).toBe(1);
    } finally {
      vi.useRealTimers();
    }
  });
});

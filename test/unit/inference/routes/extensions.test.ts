// What Triton's clients ask for beside the protocol's core: statistics, packed answers, and what is refused by name.
import { gunzipSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { callHandler } from '../../../support/http-event.ts';
import { get, handler, signedIn } from './protocol-api.ts';

const infer = (body: unknown, headers: Readonly<Record<string, string>> = {}, model = 'acme.echo') =>
  callHandler(handler, {
    method: 'POST',
    path: `/v2/models/${model}/infer`,
    body: JSON.stringify(body),
    headers: { ...signedIn, ...headers },
  });

const texts = (data: readonly string[]) => ({
  inputs: [{ name: 'x', datatype: 'BYTES', shape: [data.length], data }],
});

const as = (account: string) => ({ authorization: `Bearer ${account}` });
const statsOf = async (path: string, account: string) => (await get(path, as(account))).body.model_stats;

describe('statistics', () => {
  it('count an account’s calls by version, rows and outcome', async () => {
    await infer(texts(['a', 'b']), as('acc_counts'));
    await infer(texts(['a']), as('acc_counts'));
    await infer(texts([]), { ...as('acc_counts'), 'accept-encoding': 'identity;q=0' });
    await infer(texts([]), as('acc_counts'), 'acme.none');
    const [stats, ...more] = await statsOf('/v2/models/stats', 'acc_counts');
    expect(more).toEqual([]);
    expect(stats).toMatchObject({
      name: 'acme.echo',
      version: '1.0.0',
      inference_count: 3,
      execution_count: 2,
      inference_stats: {
        success: { count: 2 },
        fail: { count: 1 },
        queue: { count: 2 },
        compute_input: { count: 2 },
        compute_infer: { count: 2 },
        compute_output: { count: 2 },
        cache_hit: { count: 0, ns: 0 },
      },
      batch_stats: [
        { batch_size: 1, compute_infer: { count: 1 } },
        { batch_size: 2, compute_infer: { count: 1 } },
      ],
    });
    expect(stats.last_inference).toBeGreaterThan(0);
  });

  it('are told to that account alone', async () => {
    await infer(texts(['a']), as('acc_mine'));
    expect(await statsOf('/v2/models/stats', 'acc_other')).toEqual([]);
    const versions = await statsOf('/v2/models/acme.echo/stats', 'acc_other');
    expect(
      versions.map((one: { version: string; execution_count: number }) => [one.version, one.execution_count]),
    ).toEqual([
      ['1.0.0', 0],
      ['0.9.0', 0],
    ]);
    expect((await get('/v2/models/stats')).status).toBe(401);
  });

  it('tell a bound key of its own model alone', async () => {
    await infer(texts(['a']), as('acc_bound'));
    expect(await statsOf('/v2/models/stats', 'acc_bound acme.second')).toEqual([]);
    expect((await get('/v2/models/acme.echo/stats', as('acc_bound acme.second'))).status).toBe(403);
    expect(await statsOf('/v2/models/stats', 'acc_bound acme.echo')).toHaveLength(1);
  });

  it('of a version, an alias or a range are that version’s', async () => {
    await infer(texts(['a']), as('acc_version'));
    for (const reference of ['1.0.0', 'latest', '%5E1']) {
      const stats = await statsOf(`/v2/models/acme.echo/versions/${reference}/stats`, 'acc_version');
      expect(stats).toMatchObject([{ version: '1.0.0', execution_count: 1 }]);
    }
  });

  it.each(['/v2/models/acme.none/stats', '/v2/models/acme.echo/versions/7.0.0/stats'])(
    'of what there is not are missing: %s',
    async (path) => {
      const answer = await get(path, signedIn);
      expect(answer.status).toBe(404);
      expect(answer.body.error).toContain('Request for unknown model');
    },
  );
});

describe('a packed answer', () => {
  const long = texts(Array.from({ length: 300 }, (_, index) => `text ${index}`));

  it.each([
    { accepted: 'gzip', unpack: gunzipSync },
    { accepted: 'deflate', unpack: inflateSync },
  ])('is $accepted where that is accepted', async ({ accepted, unpack }) => {
    const answer = await infer(long, { 'accept-encoding': accepted });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ 'content-encoding': accepted, vary: 'accept-encoding' });
    const { outputs } = JSON.parse(unpack(answer.bytes).toString());
    expect(outputs[0].data).toEqual(long.inputs[0]?.data);
  });

  it('is refused before anything runs where nothing that there is was accepted', async () => {
    const answer = await infer(long, { 'accept-encoding': 'br, identity;q=0' });
    expect(answer.status).toBe(400);
    expect(answer.body.error).toContain("'accept-encoding' must allow gzip, deflate or identity");
  });
});

describe('what steers a server of one’s own', () => {
  it.each([
    { method: 'POST', path: '/v2/repository/models/acme.echo/load', says: 'loaded by its first call' },
    { method: 'POST', path: '/v2/repository/models/acme.echo/unload', says: 'not unloaded by hand' },
    { method: 'GET', path: '/v2/trace/setting', says: 'traces are not served here' },
    { method: 'POST', path: '/v2/trace/setting', says: 'traces are not served here' },
    { method: 'GET', path: '/v2/models/acme.echo/trace/setting', says: 'traces are not served here' },
    { method: 'POST', path: '/v2/models/acme.echo/trace/setting', says: 'traces are not served here' },
    { method: 'GET', path: '/v2/logging', says: 'log settings are not served here' },
    { method: 'POST', path: '/v2/logging', says: 'log settings are not served here' },
    ...['systemsharedmemory', 'cudasharedmemory'].flatMap((memory) => [
      { method: 'GET', path: `/v2/${memory}/status`, says: 'no memory is shared' },
      { method: 'GET', path: `/v2/${memory}/region/r/status`, says: 'no memory is shared' },
      { method: 'POST', path: `/v2/${memory}/region/r/register`, says: 'no memory is shared' },
      { method: 'POST', path: `/v2/${memory}/unregister`, says: 'no memory is shared' },
    ]),
  ])('is refused in words that clients show: $method $path', async ({ method, path, says }) => {
    const answer = await callHandler(handler, { method, path, ...(method === 'POST' ? { body: '{}' } : {}) });
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.body).toMatchObject({ code: 'extension_not_served', error: expect.stringContaining(says) });
  });
});

describe('a request', () => {
  it.each(['application/json', 'application/octet-stream', 'text/plain; charset=utf-8', 'image/png', ''])(
    'may come with any content type: %s',
    async (type) => {
      expect((await infer(texts(['a']), { 'content-type': type })).status).toBe(200);
    },
  );

  it('gets its id back, whatever letters it has, and no parameters', async () => {
    const id = '日本-"\ud83e\udd9c"-\\-\ud800';
    const answer = await infer({ ...texts(['a']), id, parameters: { mine: 1 }, model_name: 'x' });
    expect(Object.keys(answer.body)).toEqual(['model_name', 'model_version', 'id', 'outputs']);
    expect(answer.body.id).toBe(id);
  });
});

describe('the header length', () => {
  it.each(['-1', '+1', 'NaN', '1.5', '0x10', '', '1, 2', '9999999999'])(
    'that is none is refused: %s',
    async (length) => {
      const answer = await infer(texts(['a']), { 'inference-header-content-length': length });
      expect(answer.status).toBe(400);
      expect(answer.body.error).toContain('inference-header-content-length');
    },
  );

  it('that ends within the JSON is refused', async () => {
    const answer = await infer(texts(['a']), { 'inference-header-content-length': '7' });
    expect([answer.status, answer.body.code]).toEqual([400, 'malformed_json']);
  });
});

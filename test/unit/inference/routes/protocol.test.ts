// /v2 as its clients see it: bodies that are JSON, 200 or an error they can read, names they ask for.
import { describe, expect, it } from 'vitest';
import { AFFINITY_HEADER, type Asking, stickyCaller } from '../../../../lambdas/inference/routes/model-request.ts';
import type { Caller } from '../../../../lambdas/shared/platform/caller.ts';
import { callHandler } from '../../../support/http-event.ts';
import { get, handler, names, signedIn, unpublished } from './protocol-api.ts';

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

  const index = (body: string | undefined) =>
    callHandler(handler, {
      method: 'POST',
      path: '/v2/repository/index',
      ...(body === undefined ? {} : { body }),
    });

  it.each([undefined, '', '{}', '{"ready":false,"more":1}'])('lists the whole repository: %s', async (body) => {
    const all = names.map((name) =>
      name === unpublished
        ? { name, version: '1.0.0', state: 'UNAVAILABLE', reason: 'no version is published' }
        : { name, version: '1.0.0', state: 'READY', reason: '' },
    );
    expect((await index(body)).body).toEqual(all);
  });

  it('lists what can be called, when asked for that alone', async () => {
    const { body } = await index('{"ready":true}');
    expect(body.map(({ name }: { name: string }) => name)).toEqual(names.filter((name) => name !== unpublished));
  });

  it.each(['{', '[]', '{"ready":"yes"}'])('refuses a filter that is none: %s', async (body) => {
    expect((await index(body)).status).toBe(400);
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

describe('which version was asked about', () => {
  it.each([
    '/v2/models/acme.echo',
    '/v2/models/acme.echo/ready',
    '/v2/models/acme.echo/config',
    '/v2/models/acme.echo/versions/latest',
    '/v2/models/acme.echo/versions/%5E1/stats',
  ])('is told in the answer of %s', async (path) => {
    const answer = await callHandler(handler, { method: 'GET', path, headers: signedIn });
    expect(answer.status).toBe(200);
    expect(answer.headers['x-aimass-version']).toBe('1.0.0');
  });

  it('depends on the account, or on the user that it names, and of nobody on the address', () => {
    const caller = { accountId: 'acc_1' } as Caller;
    const of = (asking: Asking) => stickyCaller(asking);
    expect(of({ caller, clientAddress: '192.0.2.1' })).toBe(of({ caller, clientAddress: '192.0.2.2' }));
    const bob = { [AFFINITY_HEADER]: 'bob' };
    expect(of({ caller, headers: bob })).not.toBe(of({ caller }));
    expect(of({ caller, headers: bob })).not.toBe(of({ caller: { ...caller, accountId: 'acc_2' }, headers: bob }));
    expect(of({ caller: undefined, clientAddress: '192.0.2.1' })).not.toBe(
      of({ caller: undefined, clientAddress: '192.0.2.2' }),
    );
  });

  it('is refused to a user whose name is too long', async () => {
    const headers = { ...signedIn, [AFFINITY_HEADER]: 'x'.repeat(129) };
    const answer = await callHandler(handler, { method: 'GET', path: '/v2/models/acme.echo', headers });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: `headers/${AFFINITY_HEADER}` }] } });
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

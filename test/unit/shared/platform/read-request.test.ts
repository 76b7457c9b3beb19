import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { DomainError } from '../../../../lambdas/shared/kernel/errors.ts';
import { parseJson, readBytes, readRequest } from '../../../../lambdas/shared/platform/read-request.ts';
import type { RouteSpec } from '../../../../lambdas/shared/platform/route.ts';
import { listQuery } from '../../../../lambdas/shared/platform/schemas.ts';
import { type HttpCall, httpEvent } from '../../../support/http-event.ts';

const spec = (changes: Partial<RouteSpec> = {}): RouteSpec => ({
  method: 'POST',
  path: '/v1/things',
  summary: 'Make a thing',
  auth: 'public',
  body: z.strictObject({ name: z.string().max(8), tags: z.array(z.string()).optional() }),
  idempotent: true,
  responses: { 201: { description: 'made' } },
  errors: [],
  ...changes,
});

const read = (call: Partial<HttpCall>, route = spec()) =>
  readRequest(route, httpEvent({ method: route.method, path: route.path, ...call }));

/** @returns the DomainError that reading throws */
const refusal = (call: Partial<HttpCall>, route = spec()): DomainError => {
  try {
    read(call, route);
  } catch (fault) {
    if (fault instanceof DomainError) return fault;
    throw fault;
  }
  throw new Error('the request was read');
};

describe('a body', () => {
  it('is parsed by the route’s schema, plain or in base64', () => {
    expect(read({ body: { name: 'a' } }).body).toEqual({ name: 'a' });
    const bytes = Buffer.from('{"name":"ä"}');
    expect(read({ body: bytes, headers: { 'content-type': 'application/json' } }).body).toEqual({ name: 'ä' });
  });

  it.each([
    { body: { name: 'a', naem: 1 }, pointer: '/naem', why: 'an unknown field' },
    { body: { name: 7 }, pointer: '/name', why: 'a wrong type' },
    { body: {}, pointer: '/name', why: 'a missing field' },
    { body: { name: 'a', tags: ['x', 1] }, pointer: '/tags/1', why: 'a wrong element' },
    { body: { name: 'a', 'x/y~z': 1 }, pointer: '/x~1y~0z', why: 'an unknown field that needs escaping' },
    { body: [], pointer: '', why: 'a list instead of an object' },
  ])('with $why is refused with a pointer to it', ({ body, pointer }) => {
    const error = refusal({ body });
    expect(error).toMatchObject({ kind: 'invalid', code: 'validation_failed' });
    expect(error.extras.errors?.[0]?.pointer).toBe(pointer);
  });

  it('is refused in words that name the field, what is allowed and what came', () => {
    expect(refusal({ body: {} }).message).toBe("'/name' must be string, got nothing");
    expect(refusal({ body: { name: 7 } }).message).toBe("'/name' must be string, got 7");
    const list = spec({ method: 'GET', query: listQuery });
    expect(refusal({ query: 'limit=-1' }, list).message).toBe(
      "'query/limit' must be a whole number from 1 to 100, got '-1'",
    );
  });

  it('cannot smuggle a prototype in as an unknown field', () => {
    const headers = { 'content-type': 'application/json' };
    const error = refusal({ body: '{"name":"a","__proto__":{"admin":true}}', headers });
    expect(error.code).toBe('validation_failed');
  });

  it.each(['', '{', '{"name":"a"', 'nul', "{'name':'a'}", '{"name":"a"} x'])('that is no JSON is 400: %j', (body) => {
    const headers = { 'content-type': 'application/json' };
    expect(refusal({ body, headers })).toMatchObject({ kind: 'unreadable', code: 'malformed_json' });
  });

  it('that is left out is asked for by its fields, not by a type of content', () => {
    expect(refusal({})).toMatchObject({
      code: 'validation_failed',
      message: "a body must be sent, as JSON: '/name' must be string, got nothing",
      extras: { errors: [{ pointer: '/name' }] },
    });
    const free = spec({ body: z.strictObject({ name: z.string().optional() }) });
    expect(refusal({}, free).message).toBe("a body must be sent, as JSON: 'body' must be an object, got nothing");
  });

  it('that is refused is told once what came, and in plain words what is wanted', () => {
    const own = z.string().refine(() => false, { error: "must be short, got 'b'" });
    const kind = z.discriminatedUnion('kind', [z.object({ kind: z.literal('a') }), z.object({ kind: z.literal('b') })]);
    const body = z.object({ own: own.optional(), at: z.iso.datetime().optional(), of: kind.optional() });
    const told = (sent: object) => refusal({ body: sent }, spec({ body })).message;
    expect(told({ own: 'b' })).toBe("'/own' must be short, got 'b'");
    expect(told({ at: 'noon' })).toBe("'/at' must be of the form: ISO datetime, got 'noon'");
    expect(told({ of: { kind: 'c' } })).toBe("'/of/kind' must be 'a' | 'b', got 'c'");
  });

  it('needs a JSON content type, whose parameters do not matter', () => {
    const body = '{"name":"a"}';
    expect(read({ body, headers: { 'content-type': 'Application/JSON; charset=utf-8' } }).body).toEqual({ name: 'a' });
    expect(refusal({ body }).code).toBe('unsupported_media_type');
    expect(refusal({ body, headers: { 'content-type': 'text/plain' } }).code).toBe('unsupported_media_type');
  });

  it('of another content type or coding is refused with what is accepted', () => {
    const headers = { 'content-type': 'text/plain' };
    expect(refusal({ body: 'a', headers }).extras.headers).toEqual({
      accept: 'application/json',
      'accept-post': 'application/json',
    });
    expect(refusal({ body: 'a', headers }, spec({ method: 'PATCH' })).extras.headers).toEqual({
      accept: 'application/merge-patch+json, application/json',
      'accept-patch': 'application/merge-patch+json, application/json',
    });
    const packed = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    expect(refusal({ body: '{"name":"a"}', headers: packed })).toMatchObject({
      code: 'unsupported_media_type',
      extras: { headers: { 'accept-encoding': 'identity' } },
    });
    const plain = { 'content-type': 'application/json', 'content-encoding': 'Identity' };
    expect(read({ body: '{"name":"a"}', headers: plain }).body).toEqual({ name: 'a' });
  });

  it('of a PATCH may be a merge patch', () => {
    const call = { body: '{"name":"a"}', headers: { 'content-type': 'application/merge-patch+json' } };
    expect(read(call, spec({ method: 'PATCH' })).body).toEqual({ name: 'a' });
  });

  it('may have the bytes that the route allows and not one more', () => {
    const event = httpEvent({ method: 'POST', path: '/', body: new Uint8Array(100) });
    expect(readBytes(event, 100)).toHaveLength(100);
    expect(() => readBytes(event, 99)).toThrow(expect.objectContaining({ code: 'body_too_large' }));
    const text = httpEvent({ method: 'POST', path: '/', body: 'ä'.repeat(50) });
    expect(() => readBytes(text, 99)).toThrow('at most 99 bytes, got 100: send less at a time');
    expect(() => readBytes(text, 99, 'split it')).toThrow('got 100: split it');
  });

  it('is handed on undecoded where the route wants bytes', () => {
    const { body } = read({ body: Uint8Array.of(0, 255, 1) }, spec({ bodyAs: 'bytes' }));
    expect(Buffer.from(body as Uint8Array)).toEqual(Buffer.of(0, 255, 1));
  });

  it('is refused where the route has none', () => {
    const none = spec({ body: undefined as never });
    expect(read({}, none).body).toEqual({});
    expect(read({ body: {} }, none).body).toEqual({});
    expect(refusal({ body: { x: 1 } }, none).code).toBe('validation_failed');
  });

  it('means nothing to a GET or DELETE, however large or broken it is', () => {
    for (const method of ['GET', 'DELETE'] as const) {
      expect(read({ body: '{' }, spec({ method, body: undefined as never })).body).toEqual({});
      expect(read({ body: 'x'.repeat(2_000_000) }, spec({ method, body: undefined as never })).body).toEqual({});
    }
  });

  it('that is no UTF-8 is 400', () => {
    expect(() => parseJson(Uint8Array.of(0x22, 0xff, 0x22))).toThrow(
      expect.objectContaining({ code: 'malformed_json' }),
    );
  });

  it('names each member once', () => {
    const headers = { 'content-type': 'application/json' };
    expect(refusal({ body: '{"name":"a","name":"b"}', headers })).toMatchObject({ code: 'malformed_json' });
  });

  it('of a hundred thousand faults is answered in few words', () => {
    const many = refusal({ body: { name: 'a', tags: Array(100_000).fill(1) } });
    const fields = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`field${i}`, 1]));
    const unknown = refusal({ body: { name: 'a', ...fields } });
    const long = refusal({ body: { name: 'a', ['~'.repeat(900_000)]: 1 } });
    for (const error of [many, unknown, long]) {
      expect(JSON.stringify([error.message, error.extras]).length).toBeLessThan(20_000);
      expect(error.extras.errors?.length).toBeGreaterThan(0);
    }
  });
});

describe('a query', () => {
  const list = spec({ method: 'GET', body: undefined as never, query: listQuery });

  it('has defaults and arrives decoded', () => {
    expect(read({ query: '' }, list).query).toEqual({ limit: 25 });
    expect(read({ query: 'cursor=a%2Bb+c&limit=7' }, list).query).toEqual({ cursor: 'a+b c', limit: 7 });
  });

  it.each(['limit=0', 'limit=101', 'limit=1.5', 'limit=x', 'limit=', 'limit=1e1', 'limit=0x10', 'limit=%2010'])(
    'is refused out of bounds: %s',
    (query) => {
      const error = refusal({ query }, list);
      expect(error.code).toBe('validation_failed');
      expect(error.extras.errors?.[0]?.pointer).toBe('query/limit');
    },
  );

  it('is refused with an unknown or repeated parameter under /v1', () => {
    expect(refusal({ query: 'limt=5' }, list).extras.errors?.[0]?.pointer).toBe('query/limt');
    expect(refusal({ query: 'limit=5&limit=6' }, list).extras.errors?.[0]?.pointer).toBe('query/limit');
    expect(refusal({ query: 'x=1' }, spec({ method: 'GET', body: undefined as never })).code).toBe('validation_failed');
  });

  it.each(['__proto__=1', '__proto__=1&__proto__=2', 'constructor=1', '=1'])(
    'hides no parameter behind what every object has: %s',
    (query) => {
      expect(refusal({ query }, list).code).toBe('validation_failed');
      expect({}).not.toHaveProperty('1');
    },
  );

  it('is ignored where unknown under /v2, and its faults are 400', () => {
    const v2 = { ...list, path: '/v2/models' as const };
    expect(read({ query: 'x=1&x=2' }, v2).query).toEqual({ limit: 25 });
    expect(refusal({ query: 'limit=0' }, v2)).toMatchObject({ kind: 'unreadable', code: 'malformed_request' });
  });
});

describe('an idempotency key', () => {
  const claimOf = (call: Partial<HttpCall>) => read({ body: { name: 'a' }, ...call }).idempotency;
  const headers = { 'idempotency-key': 'k' };

  it('stands for method, path, query and body', () => {
    const expected = createHash('sha256').update('POST /v1/things?\n\n\n{"name":"a"}').digest('hex');
    expect(claimOf({ headers })).toEqual({ key: 'k', requestSha256: expected });
    expect(claimOf({ headers, body: { name: 'b' } })?.requestSha256).not.toBe(expected);
    expect(claimOf({ headers, path: '/v1/other' })?.requestSha256).not.toBe(expected);
  });

  it('stands for what the body’s bytes mean, too: their coding, and where JSON ends in them', () => {
    const bytes = spec({ bodyAs: 'bytes' });
    const hashOf = (more: Record<string, string>, body = 'bytes') =>
      read({ body, headers: { ...headers, ...more } }, bytes).idempotency?.requestSha256;
    const hashes = [
      hashOf({}),
      hashOf({ 'content-encoding': 'gzip' }),
      hashOf({ 'content-encoding': 'deflate' }),
      hashOf({ 'inference-header-content-length': '3' }),
      hashOf({ 'inference-header-content-length': '4' }),
      hashOf({ 'content-encoding': 'gzip', 'inference-header-content-length': '3' }),
      hashOf({}, 'gzip\n\nbytes'),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(hashOf({ 'content-encoding': 'gzip', 'user-agent': 'other' })).toBe(hashes[1]);
  });

  it('is nothing where none came or the route takes none', () => {
    expect(claimOf({})).toBeUndefined();
    expect(read({ body: { name: 'a' }, headers }, spec({ idempotent: false })).idempotency).toBeUndefined();
  });

  it.each(['', 'a b', 'ä', 'x'.repeat(256), 'a\nb'])('is refused when it is not 1 to 255 visible ASCII: %j', (key) => {
    expect(refusal({ body: { name: 'a' }, headers: { 'idempotency-key': key } }).code).toBe('malformed_request');
  });
});

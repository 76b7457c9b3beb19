import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { DomainError } from '../../../../lambdas/shared/kernel/errors.ts';
import { createApi } from '../../../../lambdas/shared/platform/api.ts';
import type { Authenticate, Caller, Limit } from '../../../../lambdas/shared/platform/caller.ts';
import { defineRoutes, type UseCases } from '../../../../lambdas/shared/platform/route.ts';
import { listQuery } from '../../../../lambdas/shared/platform/schemas.ts';
import { callHandler, httpEvent, lambdaContext } from '../../../support/http-event.ts';
import { unlimited } from '../../../support/unlimited.ts';

const ok = { 200: { description: 'fine' } };
const routes = defineRoutes({
  open: { method: 'GET', path: '/v1/open', summary: 'Open', auth: 'public', responses: ok, errors: [] },
  list: {
    method: 'GET',
    path: '/v1/things',
    summary: 'List',
    auth: 'public',
    query: listQuery,
    responses: ok,
    errors: [],
  },
  make: {
    method: 'POST',
    path: '/v1/things',
    summary: 'Make',
    auth: 'required',
    permission: 'things:write',
    body: z.strictObject({ name: z.string() }),
    responses: { 201: { description: 'made' } },
    errors: [],
  },
  file: {
    method: 'GET',
    path: '/v1/things/{thing}/files/{path+}',
    summary: 'File',
    auth: 'public',
    params: z.object({ thing: z.string(), path: z.string() }),
    responses: ok,
    errors: [],
  },
  fails: { method: 'GET', path: '/v2/fails', summary: 'Fails', auth: 'public', responses: ok, errors: [] },
});

const caller: Caller = {
  accountId: 'acc_1',
  handle: undefined,
  userId: 'usr_1',
  role: 'owner',
  operator: false,
  via: 'key',
  keyId: 'key_1',
  scopes: [],
  models: undefined,
};

let lines: Record<string, unknown>[];
let asked: Parameters<Authenticate>[];
let authenticate: Authenticate;
let limit: Limit;
let fault: Error;

const useCases: UseCases<typeof routes> = {
  open: async ({ requestId }) => ({ status: 200, body: { requestId } }),
  list: async ({ query }) => ({ status: 200, body: { items: [], next: query.cursor ? null : 'n=x&t' } }),
  make: async ({ body, caller: who }) => ({ status: 201, body: { name: body.name, by: who.userId } }),
  file: async ({ params }) => ({ status: 200, body: params }),
  fails: async () => {
    throw fault;
  },
};

const handler = () =>
  createApi({ routes, useCases, authenticate: (...need) => authenticate(...need), limit: (...need) => limit(...need) });

beforeEach(() => {
  lines = [];
  asked = [];
  limit = unlimited;
  fault = new Error('our own fault');
  authenticate = async (...need) => {
    asked.push(need);
    return caller;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(JSON.parse(String(line)));
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

describe('a call', () => {
  it('has an id in the answer, in what the use case sees and in its one log line', async () => {
    const answer = await callHandler(handler(), { method: 'GET', path: '/v1/open' });
    expect(answer.headers['x-request-id']).toMatch(/^req_/);
    expect(answer.body).toEqual({ requestId: answer.headers['x-request-id'] });
    expect(lines).toMatchObject([{ level: 'info', route: 'open', status: 200, requestId: answer.body.requestId }]);
  });

  it('that was charged though it is refused has its event’s id in header, body and log line', async () => {
    fault = new DomainError('invalid', 'model_timeout', 'too long', { headers: { 'x-request-id': 'inf_1' } });
    const answer = await callHandler(handler(), { method: 'GET', path: '/v2/fails' });
    expect([answer.status, answer.headers['x-request-id'], answer.body.requestId]).toEqual([422, 'inf_1', 'inf_1']);
    expect(lines).toMatchObject([{ code: 'model_timeout', requestId: 'inf_1' }]);
  });

  it('is answered with or without a trailing slash, and by HEAD', async () => {
    expect((await callHandler(handler(), { method: 'GET', path: '/v1/open/' })).status).toBe(200);
    const head = await callHandler(handler(), { method: 'HEAD', path: '/v1/open' });
    expect([head.status, head.text]).toEqual([200, '']);
  });

  it('of an unknown path is 404, of a known one by a wrong method 405 with what is allowed', async () => {
    const missing = await callHandler(handler(), { method: 'GET', path: '/v1/nothing' });
    expect([missing.status, missing.body.code]).toEqual([404, 'route_not_found']);
    for (const path of ['/v1/things', '/v1/things/']) {
      const wrong = await callHandler(handler(), { method: 'DELETE', path });
      expect([wrong.status, wrong.body.code, wrong.headers.allow]).toEqual([
        405,
        'method_not_allowed',
        'GET, HEAD, POST',
      ]);
    }
  });

  it('that fails by our fault is 500 in our shape, to HEAD without a body', async () => {
    const answer = await callHandler(handler(), { method: 'GET', path: '/v2/fails' });
    expect([answer.status, answer.body.code, answer.headers['content-type']]).toEqual([
      500,
      'internal_error',
      'application/json',
    ]);
    expect(answer.text).not.toContain('our own fault');
    expect(lines.map(({ level }) => level)).toEqual(['fault', 'error']);
    expect((await callHandler(handler(), { method: 'HEAD', path: '/v2/fails' })).text).toBe('');
  });
});

describe('who calls', () => {
  const call = { method: 'POST', path: '/v1/things', body: { name: 'a' } };

  it('is asked with the credentials, the address and what the route needs', async () => {
    const headers = { Authorization: 'Bearer x', 'X-Aimass-Account': 'acc_2' };
    const answer = await callHandler(handler(), { ...call, headers });
    expect([answer.status, answer.body]).toEqual([201, { name: 'a', by: 'usr_1' }]);
    expect(asked[0]?.slice(0, 2)).toEqual([
      { authorization: 'Bearer x', accountId: 'acc_2', sourceIp: '203.0.113.7' },
      { auth: 'required', permission: 'things:write' },
    ]);
    expect(lines).toMatchObject([{ accountId: 'acc_1', keyId: 'key_1' }]);
  });

  it('is settled before the body is looked at', async () => {
    authenticate = async () => {
      throw new DomainError('unauthenticated', 'invalid_key', 'no');
    };
    const answer = await callHandler(handler(), { ...call, body: '{' });
    expect([answer.status, answer.body.code]).toEqual([401, 'invalid_key']);
    expect(lines).toMatchObject([{ status: 401, code: 'invalid_key' }]);
  });

  it('is not asked on a public route', async () => {
    await callHandler(handler(), { method: 'GET', path: '/v1/open', headers: { authorization: 'Bearer x' } });
    expect(asked).toEqual([]);
  });
});

describe('the limits', () => {
  const call = { method: 'POST', path: '/v1/things', body: { name: 'a' } };
  const fields = { ratelimit: '"account";r=1;t=0', 'ratelimit-policy': '"account";q=2;w=1' };

  it('are asked of whoever is known, before whether they may is decided, and told in a refusal too', async () => {
    const limited: unknown[] = [];
    limit = async (...what) => {
      limited.push(what.slice(0, 2));
      return { headers: fields, beside: undefined };
    };
    authenticate = async (_credentials, _need, _nowMs, known) => {
      await known?.(caller);
      throw new DomainError('forbidden', 'permission_denied', 'no');
    };
    const answer = await callHandler(handler(), call);
    expect([answer.status, answer.headers]).toMatchObject([403, fields]);
    expect(limited).toEqual([[caller, { auth: 'required' }]]);
    expect(lines).toMatchObject([{ status: 403, accountId: 'acc_1' }]);
  });

  it('are asked once, also where the authenticator only returns who it is', async () => {
    let asked = 0;
    limit = async () => {
      asked++;
      return { headers: fields, beside: undefined };
    };
    expect((await callHandler(handler(), call)).headers).toMatchObject(fields);
    authenticate = async (_credentials, _need, _nowMs, known) => {
      await known?.(caller);
      return caller;
    };
    expect((await callHandler(handler(), call)).headers).toMatchObject(fields);
    expect(asked).toBe(2);
  });

  it('that are used up refuse the call before its body is looked at, in the log by name', async () => {
    limit = async (_caller, _need, figures) => {
      figures.limited = 'key';
      throw new DomainError('too_many', 'rate_limited', 'slow down', { headers: { 'retry-after': '3' } });
    };
    const answer = await callHandler(handler(), { ...call, body: '{' });
    expect([answer.status, answer.body.code, answer.headers['retry-after']]).toEqual([429, 'rate_limited', '3']);
    expect(lines).toMatchObject([{ level: 'info', status: 429, code: 'rate_limited', limited: 'key' }]);
  });

  it('leave nothing under way when the call is answered', async () => {
    let ended = false;
    limit = async () => ({
      headers: fields,
      beside: new Promise((resolve) => setTimeout(resolve, 20)).then(() => {
        ended = true;
      }),
    });
    await callHandler(handler(), call);
    expect(ended).toBe(true);
    ended = false;
    await callHandler(handler(), { ...call, body: '{' });
    expect(ended).toBe(true);
  });

  it('are nobody’s matter on a public route', async () => {
    limit = async () => {
      throw new Error('asked');
    };
    expect((await callHandler(handler(), { method: 'GET', path: '/v1/open' })).status).toBe(200);
  });
});

describe('the time of arrival', () => {
  it.each([
    { why: 'the gateway’s, where the function began later', ago: 4_000, expected: 4_000 },
    { why: 'at most now, where the gateway’s clock is ahead', ago: -5_000, expected: 0 },
    { why: 'the gateway’s, up to the 30 s that it waits', ago: 30_000, expected: 30_000 },
    { why: 'now, where the gateway’s is too long ago to be true', ago: 30_001, expected: 0 },
  ])('is $why', async ({ ago, expected }) => {
    const nowMs = Date.UTC(2026, 10, 23, 21);
    vi.useFakeTimers({ now: nowMs, toFake: ['Date'] });
    try {
      const event = httpEvent({ method: 'GET', path: '/v1/open' });
      event.requestContext.timeEpoch = nowMs - ago;
      const times: number[][] = [];
      const open: (typeof useCases)['open'] = async (request) => {
        times.push([request.nowMs, request.arrivedMs]);
        return { status: 200 };
      };
      await createApi({ routes, useCases: { ...useCases, open }, authenticate, limit })(event, lambdaContext);
      expect(times).toEqual([[nowMs, nowMs - expected]]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('a path’s parameters', () => {
  it('are those of our route, whatever the gateway’s wider route matched', async () => {
    const event = httpEvent({ method: 'GET', path: '/v1/things/acme.iris/files/a/b.onnx' });
    event.pathParameters = { proxy: 'acme.iris/files/a/b.onnx', thing: 'other' };
    const result = (await handler()(event, lambdaContext)) as { body: string };
    expect(JSON.parse(result.body)).toEqual({ thing: 'acme.iris', path: 'a/b.onnx' });
  });
});

describe('a list', () => {
  it('that goes on says so in a Link header too, keeping its filters', async () => {
    const first = await callHandler(handler(), { method: 'GET', path: '/v1/things', query: 'limit=5' });
    expect(first.headers.link).toBe('</v1/things?limit=5&cursor=n%3Dx%26t>; rel="next"');
    const query = 'limit=5&cursor=n%3Dx%26t';
    const last = await callHandler(handler(), { method: 'GET', path: '/v1/things', query });
    expect(last.headers.link).toBeUndefined();
  });
});

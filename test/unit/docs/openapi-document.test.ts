import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { defineRoutes, type RouteSpec } from '../../../lambdas/shared/platform/route.ts';
import { errorCodesOf } from '../../../tools/docs/error-answers.ts';
import { openApiText } from '../../../tools/docs/openapi-document.ts';

const routes = defineRoutes({
  createThing: {
    method: 'POST',
    path: '/v1/things/{thing}',
    summary: 'Make a thing',
    auth: 'required',
    permission: 'models:write',
    params: z.object({ thing: z.string() }),
    body: z.strictObject({ name: z.string(), count: z.number().int().default(1) }),
    idempotent: true,
    responses: {
      201: { description: 'Made', body: z.object({ name: z.string() }), headers: { location: 'Where it is' } },
    },
    errors: ['model_exists'],
  },
  inferThing: {
    method: 'POST',
    path: '/v2/things/infer',
    summary: 'Run a thing',
    auth: 'required',
    permission: 'models:infer',
    body: z.object({ inputs: z.array(z.string()) }),
    bodyAs: 'bytes',
    responses: { 200: { description: 'Run', body: z.object({ outputs: z.array(z.string()) }) } },
    errors: [],
  },
  readFile: {
    method: 'GET',
    path: '/v1/files/{path+}',
    summary: 'Read a file',
    auth: 'optional',
    params: z.object({ path: z.string() }),
    query: z.object({ cursor: z.string().optional() }),
    responses: { 200: { description: 'Read', body: z.string(), contentType: 'text/plain' } },
    errors: ['model_not_found'],
  },
  ping: {
    method: 'GET',
    path: '/v2/ping',
    summary: 'Ping',
    auth: 'public',
    responses: { 200: { description: 'Up' } },
    errors: [],
  },
});

const contexts = (some: Record<string, RouteSpec>) => [{ name: 'things', description: 'Things.', routes: some }];
const text = openApiText(contexts(routes), '0.1.0');
const { paths, components } = JSON.parse(text);
const create = paths['/v1/things/{thing}'].post;
const infer = paths['/v2/things/infer'].post;

describe('openApiText', () => {
  it('is the same for the same contracts', () => {
    expect(openApiText(contexts(routes), '0.1.0')).toBe(text);
  });

  it('names an operation as its contract does, under its context', () => {
    expect([create.operationId, create.tags]).toEqual(['createThing', ['things']]);
  });

  it('says who may call, and leaves the public alone', () => {
    expect([create.security, paths['/v1/files/{path}'].get.security, paths['/v2/ping'].get.security]).toEqual([
      [{ bearer: [] }],
      [{}, { bearer: [] }],
      [],
    ]);
    expect(create.description).toContain('Permission `models:write`: roles owner, admin, developer');
  });

  it('refuses unknown fields of a request, and leaves answers open to grow', () => {
    expect(create.requestBody.content['application/json'].schema).toMatchObject({
      additionalProperties: false,
      required: ['name'],
    });
    expect(create.responses[201].content['application/json'].schema).not.toHaveProperty('additionalProperties');
  });

  it('adds the errors that come with the kind of route to those the route names', () => {
    expect(Object.keys(create.responses).sort()).toEqual([
      '201',
      '400',
      '401',
      '403',
      '404',
      '409',
      '413',
      '415',
      '422',
      '429',
      '500',
      '503',
    ]);
    expect(Object.keys(create.responses[422].content['application/problem+json'].examples)).toEqual([
      'idempotency_key_reused',
      'validation_failed',
    ]);
    expect(
      Object.keys(paths['/v1/files/{path}'].get.responses[422].content['application/problem+json'].examples),
    ).toEqual(['invalid_cursor', 'validation_failed']);
  });

  it('adds what is thrown on the way to a route: who calls, for whom, and with what in hand', () => {
    const codesOf = (spec: RouteSpec) => errorCodesOf(spec);
    const optional = codesOf({ ...routes.createThing, auth: 'optional' });
    expect(optional).toEqual(expect.arrayContaining(['unauthenticated', 'account_not_found']));
    const operator = codesOf({ ...routes.createThing, auth: 'operator' });
    expect(operator).toEqual(expect.arrayContaining(['operator_only', 'permission_denied', 'account_not_found']));
    const { body: _, ...bodiless } = routes.createThing as RouteSpec;
    const reads = ['malformed_json', 'body_too_large', 'unsupported_media_type'];
    expect(codesOf(bodiless)).toEqual(expect.arrayContaining(reads));
    const ignores = codesOf({ ...bodiless, method: 'DELETE', idempotent: false });
    expect(ignores.filter((code) => reads.includes(code))).toEqual([]);
  });

  it('answers errors under /v2 as plain JSON and never as 422 of its own', () => {
    expect(Object.keys(infer.responses[400].content)).toEqual(['application/json']);
    expect(infer.responses).not.toHaveProperty('422');
  });

  it('gives every operation a refusal, even one that refuses nothing by itself', () => {
    expect(paths['/v2/ping'].get.responses).toHaveProperty('4XX');
  });

  it('takes and gives bytes beside JSON where the route reads bytes', () => {
    expect(Object.keys(infer.requestBody.content)).toEqual(['application/json', 'application/octet-stream']);
    expect(Object.keys(infer.responses[200].content)).toEqual(['application/json', 'application/octet-stream']);
  });

  it('offers Idempotency-Key only where the route accepts one', () => {
    const key = { $ref: '#/components/parameters/IdempotencyKey' };
    expect(create.parameters).toContainEqual(key);
    expect(infer.parameters).not.toContainEqual(key);
  });

  it('tells of limits in every answer but the public ones, and when to come again where that is the mend', () => {
    const names = (answer: { headers: object }) => Object.keys(answer.headers);
    for (const answer of Object.values<{ headers: object }>(create.responses)) {
      expect(names(answer)).toEqual(expect.arrayContaining(['x-request-id', 'ratelimit', 'ratelimit-policy']));
    }
    expect(names(paths['/v2/ping'].get.responses[200])).toEqual(['x-request-id']);
    const again = Object.entries<{ headers: object }>(create.responses).filter(([, one]) =>
      names(one).includes('retry-after'),
    );
    expect(again.map(([status]) => status)).toEqual(['429', '503']);
  });

  it('refers only to examples that are there', () => {
    const referred = [...text.matchAll(/#\/components\/examples\/(\w+)/g)].map((match) => match[1]);
    expect(new Set(referred)).toEqual(new Set(Object.keys(components.examples)));
  });

  it('refuses two routes of one name, and one route twice', () => {
    const twice = [...contexts(routes), ...contexts({ ping: routes.ping })];
    expect(() => openApiText(twice, '0.1.0')).toThrow("got 'ping' twice");
    expect(() => openApiText(contexts({ ping: routes.ping, pong: routes.ping }), '0.1.0')).toThrow("second in 'pong'");
  });

  it('refuses a route whose path and params disagree', () => {
    const wrong: RouteSpec = { ...routes.createThing, params: z.object({ other: z.string() }) };
    expect(() => openApiText(contexts({ wrong }), '0.1.0')).toThrow("route 'wrong'");
  });

  it('refuses a permission that is not in the table', () => {
    const wrong: RouteSpec = { ...routes.createThing, permission: 'models:fly' };
    expect(() => openApiText(contexts({ wrong }), '0.1.0')).toThrow('models:fly');
  });
});

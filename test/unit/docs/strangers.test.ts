// The strangers' test measures by these: they must find what is wrong, and not pass over a route they do not know.
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { RouteSpec } from '../../../lambdas/shared/platform/route.ts';
import { Description } from '../../contract/description.ts';
import { type Case, surprisesIn } from '../../contract/strangers/judge.ts';
import { bodyOf, fillPath, ownParams, type Route, routes } from '../../contract/strangers/samples.ts';
import { changesBetween } from '../../contract/strangers/snapshot.ts';
import type { Stage, Tenant } from '../../contract/strangers/stage.ts';

const tenant = (name: string, digit: number): Tenant => ({
  person: { email: `${name}@example.com` } as Tenant['person'],
  token: `${name}-token`,
  key: `${name}-key`,
  accountId: `acc_01JDA8Z5V4W1T4E5R6T7Y8V9P${digit}`,
  userId: `usr_${name}`,
  handle: name,
});
const key = { text: 'aim_secret', id: 'key_spare' };
const stage: Stage = {
  cloud: undefined as never,
  owner: tenant('owner', 0),
  other: tenant('other', 1),
  operator: tenant('operator', 2),
  models: { own: 'owner.own', shown: 'owner.shown', unpublished: 'owner.unpublished' },
  keys: { spare: key, revoked: key, expired: key, boundToShown: key, boundElsewhere: key, boundToAddress: key },
  members: [],
  offerId: 'off_own',
  subscriptionId: 'sub_own',
  webhook: { id: 'whk_own', deliveryId: 'evt_own', secret: 'whsec_secret' },
  inferBody: { inputs: [] },
  secrets: new Map([['the owner’s key', 'aim_secret']]),
};

const requestId = 'req_01JDA8Z5V4W1T4E5R6T7Y8V9P0';
const problem = {
  type: '/docs/errors#key_not_found',
  title: 'No such API key',
  status: 404,
  detail: 'no key',
  code: 'key_not_found',
  error: 'no key',
  requestId,
  errors: [] as unknown[],
};
const headers = {
  'content-type': 'application/problem+json',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-request-id': requestId,
};

const given: Case = {
  stranger: 'somebody',
  operation: 'GET /v1/keys/{key}',
  call: { method: 'GET', path: '/v1/keys/x' },
  expected: { statuses: [404] },
};

const judge = (status: number, body: object, changed: Record<string, string> = {}, of: Partial<Case> = {}) => {
  const answer = { status, headers: new Headers({ ...headers, ...changed }), body, text: JSON.stringify(body) };
  return surprisesIn({ ...given, ...of }, answer, stage, new Description()).join('\n');
};

describe('the judge', () => {
  it('has nothing to say of a refusal as it should be', () => {
    expect(judge(404, problem)).toBe('');
  });

  it.each([
    { why: 'the gateway’s own', found: judge(404, { message: 'Not Found' }), part: 'not our error object' },
    { why: 'a fault of ours', found: judge(500, { ...problem, status: 500 }), part: 'a fault of ours' },
    { why: 'another status', found: judge(403, { ...problem, status: 403 }), part: 'must be 404, got 403' },
    {
      why: 'a code of another status',
      found: judge(404, { ...problem, code: 'invalid_key' }),
      part: 'must not have the status',
    },
    {
      why: 'a code that is not declared',
      found: judge(404, { ...problem, code: 'alias_not_found' }),
      part: 'does not declare',
    },
    {
      why: 'a charset',
      found: judge(404, problem, { 'content-type': 'application/json; charset=utf-8' }),
      part: 'content type',
    },
    { why: 'another request id', found: judge(404, problem, { 'x-request-id': 'req_2' }), part: 'must be one' },
    {
      why: 'a stack trace',
      found: judge(404, { ...problem, detail: 'at f (/var/task/index.js:1:2)' }),
      part: 'in our code',
    },
    {
      why: 'a table’s name',
      found: judge(404, { ...problem, detail: 'aimass-dev-accounts' }),
      part: 'of what it is built',
    },
    { why: 'a secret', found: judge(404, { ...problem, detail: 'aim_secret' }), part: 'tells the owner’s key' },
    {
      why: 'another’s id',
      found: judge(404, { ...problem, detail: stage.owner.accountId }),
      part: 'tells the owner’s account',
    },
    { why: 'no challenge', found: judge(401, { ...problem, status: 401 }), part: "the header 'www-authenticate'" },
  ])('finds $why', ({ found, part }) => {
    expect(found).toContain(part);
  });

  it('lets the caller hear again what they said', () => {
    const call = { method: 'GET', path: `/v1/keys/${stage.owner.accountId}` };
    expect(judge(404, { ...problem, detail: `no key ${stage.owner.accountId}` }, {}, { call })).toBe('');
  });
});

describe('the samples', () => {
  const known = routes.find(({ name }) => name === 'createKey') as Route;
  const withSpec = (spec: Partial<RouteSpec>): Route => ({ ...known, spec: { ...known.spec, ...spec } });

  it('fill every route of the contracts', () => {
    for (const route of routes) {
      expect(fillPath(route, ownParams(route, stage))).not.toContain('{');
      expect(() => bodyOf(route, stage)).not.toThrow();
    }
  });

  it('refuse a route whose path names what they have none of', () => {
    const route = withSpec({ path: '/v1/planets/{planet}' });
    expect(() => ownParams(route, stage)).toThrow(/teach .*samples\.ts about .*'planet'/);
  });

  it('make the least body that the schema takes, and refuse one that they cannot make', () => {
    const made = z.strictObject({ size: z.number().min(3), name: z.literal('x'), tags: z.array(z.string()).min(1) });
    const route = { ...withSpec({ body: made }), name: 'other' };
    expect(bodyOf(route, stage)).toEqual({ size: 3, name: 'x', tags: ['text'] });
    const guess = { ...withSpec({ body: z.strictObject({ name: z.string().regex(/^\d+$/) }) }), name: 'other' };
    expect(() => bodyOf(guess, stage)).toThrow(/teach .*samples\.ts about the body/);
  });
});

it('a snapshot tells what came, went and changed', () => {
  const before = new Map([
    ['a', '1'],
    ['b', '1'],
    ['c', '1'],
  ]);
  const after = new Map([
    ['a', '1'],
    ['b', '2'],
    ['d', '1'],
  ]);
  expect(changesBetween(before, after).map((change) => change.split(' ').slice(0, 2).join(' '))).toEqual([
    'came: d',
    'went: c',
    'changed: b\n',
  ]);
});

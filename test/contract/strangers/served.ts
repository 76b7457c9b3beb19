// What looks strange and is allowed: it must be answered like the plain request.
import { isForeignPath } from '../../../lambdas/shared/platform/foreign-path.ts';
import { rightful, rightfulToken } from './credentials.ts';
import type { Case } from './judge.ts';
import { bodyOf, type Route, refusedAnyway } from './samples.ts';
import type { Stage } from './stage.ts';

/** A route that leads elsewhere says 200 to HEAD only. */
const successOf = (route: Route, method: string = route.spec.method): number =>
  refusedAnyway[route.name]?.status ??
  (method === 'GET' && 302 in route.spec.responses ? 302 : Number(Object.keys(route.spec.responses)[0]));

/** Reads, which may be made any number of times. */
const readCases = (route: Route, stage: Stage): Case[] => {
  const { spec, operation } = route;
  if (spec.method !== 'GET') return [];
  const call = rightful(route, stage);
  const expected = { statuses: [successOf(route)] };
  const anyway = refusedAnyway[route.name];
  const cases: Case[] = [
    {
      stranger: 'a slash at the end',
      operation,
      call: { ...call, path: `${call.path}/` },
      // Where the gateway's route ends before it, the path is another one.
      expected: { statuses: [successOf(route), 404], codes: ['route_not_found', ...(anyway ? [anyway.code] : [])] },
    },
    { stranger: 'a GET with a body', operation, call: { ...call, body: Buffer.from('{"a":') }, expected },
    {
      stranger: 'a GET with 2 MB',
      operation,
      call: { ...call, body: Buffer.alloc(2_000_000, 0x20) },
      expected,
    },
    {
      stranger: 'a HEAD',
      operation: undefined,
      call: { ...call, method: 'HEAD' },
      expected: { statuses: [successOf(route, 'HEAD')] },
    },
    {
      stranger: 'any ETag',
      operation: undefined,
      call: { ...call, headers: { ...call.headers, 'if-none-match': '*' } },
      expected: { statuses: [anyway?.status ?? 304] },
    },
  ];
  if (spec.auth !== 'public') {
    const authorization = `bEARER ${rightfulToken(spec, stage)}`;
    cases.push({
      stranger: 'a scheme in other case',
      operation,
      call: { ...call, headers: { ...call.headers, authorization } },
      expected,
    });
  } else {
    cases.push({
      stranger: 'a credential where nobody asks',
      operation,
      call: { ...call, headers: { authorization: 'Bearer nonsense' } },
      expected,
    });
  }
  return cases;
};

/** The protocol's clients send more than we know, and less than HTTP would like. */
const protocolCases = (route: Route, stage: Stage): Case[] => {
  const { spec, operation } = route;
  if (!isForeignPath(spec.path)) return [];
  const call = rightful(route, stage);
  const expected = { statuses: [successOf(route)] };
  const odd = (stranger: string, change: Partial<Case['call']>): Case => ({
    stranger,
    operation,
    call: { ...call, ...change },
    expected,
  });
  const cases = [
    odd('an unknown query parameter to the protocol', { path: `${call.path}?colour=red&colour=blue&__proto__=1` }),
  ];
  const body = bodyOf(route, stage);
  if (!body) return cases;
  const { 'content-type': _, ...untyped } = call.headers ?? {};
  return [
    ...cases,
    odd('an unknown member', { body: Buffer.from(JSON.stringify({ ...body, colour: 'red', model_name: 'x' })) }),
    odd('no content type', { headers: untyped }),
    odd('another content type', { headers: { ...untyped, 'content-type': 'application/octet-stream' } }),
  ];
};

export const servedCases = (route: Route, stage: Stage): Case[] => [
  ...readCases(route, stage),
  ...protocolCases(route, stage),
];

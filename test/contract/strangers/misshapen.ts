// Strangers by what they send: the rightful caller's request, spoilt in one way each.
import { isForeignPath } from '../../../lambdas/shared/platform/foreign-path.ts';
import type { RouteSpec } from '../../../lambdas/shared/platform/route.ts';
import { rightful } from './credentials.ts';
import type { Case, Expected } from './judge.ts';
import { bodyOf, fillPath, ownParams, type Route, refusedAnyway, routes } from './samples.ts';
import type { Stage } from './stage.ts';

const DEFAULT_LIMIT_BYTES = 1_048_576;
/** Deeper than a recursive reader goes, and within the smallest of the routes' limits. */
const DEEP = 7_500;
const isV2 = ({ path }: RouteSpec) => isForeignPath(path);
const readsJson = ({ bodyAs }: RouteSpec) => bodyAs !== 'bytes';

const unreadable: Expected = { statuses: [400], codes: ['malformed_json', 'malformed_request'] };
const tooLarge: Expected = { statuses: [413], codes: ['body_too_large'] };
const invalid: Expected = { statuses: [422], codes: ['validation_failed'] };
const asProtocol = (spec: RouteSpec, v1: Expected): Expected =>
  isV2(spec)
    ? { statuses: [400], codes: ['malformed_json', 'malformed_request', 'malformed_tensor', 'signature_mismatch'] }
    : v1;

type Named = readonly [stranger: string, body: Uint8Array | string];

/** Bodies that are not JSON in UTF-8, or that readers of JSON disagree about. */
const unreadableBodies = (good: string): readonly Named[] => [
  ['no JSON', '{name: 1}'],
  ['a body cut short', good.slice(0, Math.max(1, Math.ceil(good.length / 2)))],
  ['a body with a tail', `${good}x`],
  ['two bodies', `${good}${good}`],
  ['text that is not UTF-8', Buffer.concat([Buffer.from(good.slice(0, -1)), Buffer.from([0xff, 0xc3, 0x28, 0x7d])])],
  ['UTF-16', Buffer.from(good, 'utf16le')],
  ['open brackets, thousands of them', '['.repeat(DEEP)],
  ['a control character', `${good.slice(0, -1)}${good.length > 2 ? ',' : ''}"a":"\u0001"}`],
  ['a member twice', twice(good)],
  ['a member twice, once escaped', twice(good, '\\u0061')],
];

const twice = (good: string, again = 'a') =>
  `${good.slice(0, -1)}${good.length > 2 ? ',' : ''}"a":{"b":1},"${again}":[]}`;

/** JSON that is no body of any route: each has another type, or a field that no route knows. */
const wrongBodies = (good: Readonly<Record<string, unknown>>): readonly Named[] => {
  const without = JSON.stringify(good).slice(1);
  const first = Object.keys(good)[0];
  const more = (member: string) => `{${member}${without === '}' ? '' : ','}${without}`;
  return [
    ['a number', '7'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a string', '"text"'],
    ['an unknown field', more('"colour":"red"')],
    ['__proto__', more('"__proto__":{"admin":true}')],
    ['constructor', more('"constructor":{"prototype":{"admin":true}}')],
    ['lists in lists, thousands deep', more(`"colour":${'['.repeat(DEEP)}${']'.repeat(DEEP)}`)],
    ...(first === undefined
      ? []
      : ([['a field of another type', JSON.stringify({ ...good, [first]: { not: ['this'] } })]] as const)),
  ];
};

/** Under /v2 unknown members and other content types are as good as any: those of its bodies that are refused. */
const refusedInV2 = new Set(['a number', 'a list', 'null', 'a string', 'a field of another type']);

const bodyCases = (route: Route, stage: Stage): Case[] => {
  const { spec, operation } = route;
  const call = rightful(route, stage);
  const good = bodyOf(route, stage) ?? {};
  const type = spec.method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const sends = (stranger: string, body: Uint8Array | string, expected: Expected, contentType = type): Case => ({
    stranger,
    operation,
    call: { ...call, headers: { ...call.headers, 'content-type': contentType }, body: Buffer.from(body) },
    expected,
  });
  if (spec.method === 'GET' || spec.method === 'DELETE') return [];
  const limitBytes = spec.bodyLimitBytes ?? DEFAULT_LIMIT_BYTES;
  const cases = [sends('a body beyond the limit', Buffer.alloc(limitBytes + 1, 0x20), tooLarge)];
  if (!readsJson(spec) && !(isV2(spec) && spec.body)) return cases;
  const text = JSON.stringify(good);
  for (const [stranger, body] of unreadableBodies(text)) cases.push(sends(stranger, body, unreadable));
  for (const [stranger, body] of wrongBodies(good)) {
    if (!isV2(spec) || refusedInV2.has(stranger)) cases.push(sends(stranger, body, asProtocol(spec, invalid)));
  }
  if (isV2(spec)) return cases;
  const refusedType: Expected = { statuses: [415], codes: ['unsupported_media_type'] };
  for (const other of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonx',
    'application/json5, application/json',
  ]) {
    cases.push(sends(`the content type ${other}`, text, refusedType, other));
  }
  return cases;
};

const queryCases = (route: Route, stage: Stage): Case[] => {
  const { spec, operation } = route;
  if (isV2(spec)) return [];
  const call = rightful(route, stage);
  const asks = (stranger: string, query: string, expected = invalid): Case => ({
    stranger,
    operation,
    call: { ...call, path: `${call.path}?${query}` },
    expected,
  });
  const names = Object.keys(spec.query?.shape ?? {});
  return [
    asks('an unknown query parameter', 'colour=red'),
    asks('the query parameter __proto__', '__proto__=1'),
    asks('the query parameter constructor', 'constructor=1'),
    asks('a nameless query parameter', '=1'),
    ...names.map((name) => asks(`'${name}' twice`, `${name}=1&${name}=1`)),
    ...names.map((name) => asks(`'${name}' as a list`, `${name}[]=1`)),
    ...(names.includes('limit')
      ? ['0', '101', '-1', '1e1', '0x10', '1.5', '', '%00', 'ten'].map((limit) =>
          asks(`limit ${limit}`, `limit=${limit}`),
        )
      : []),
  ];
};

/** Cursors that are no `next` of this list. */
const cursorCases = (route: Route, stage: Stage, foreign: Readonly<Record<string, string>>): Case[] => {
  const { spec, operation } = route;
  if (!spec.query || !('cursor' in spec.query.shape)) return [];
  const call = rightful(route, stage);
  const pack = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64url');
  const cursors: Readonly<Record<string, string>> = {
    'a cursor of nothing': '',
    'a cursor that is text': 'page-2',
    'a cursor that is a list': pack([]),
    'a cursor with a foreign print': pack({ k: { after: 'a' }, f: 'AAAAAAAA' }),
    'a cursor with a table’s key in it': pack({ k: { pk: 'acc_', sk: 'key#' }, f: 'AAAAAAAA' }),
    'a cursor of objects': pack({ k: { after: { S: 'a' } }, f: 'AAAAAAAA' }),
    'a cursor with a zero byte': '%00',
    ...foreign,
  };
  return [
    ...Object.entries(cursors).map(([stranger, cursor]) => ({
      stranger,
      operation,
      call: { ...call, path: `${call.path}?cursor=${cursor}` },
      expected: { statuses: [422], codes: ['invalid_cursor', 'validation_failed'] } satisfies Expected,
    })),
    {
      stranger: 'a cursor of 4 kB',
      operation,
      call: { ...call, path: `${call.path}?cursor=${'A'.repeat(4096)}` },
      expected: { statuses: [isV2(spec) ? 400 : 422], codes: ['malformed_request', 'validation_failed'] },
    },
  ];
};

const headerCases = (route: Route, stage: Stage): Case[] => {
  const { spec, operation } = route;
  const call = rightful(route, stage);
  const tells = (stranger: string, headers: Record<string, string>, expected: Expected): Case => ({
    stranger,
    operation,
    call: { ...call, headers: { ...call.headers, ...headers } },
    expected,
  });
  const cases: Case[] = [];
  if (spec.idempotent) {
    for (const [stranger, key] of [
      ['an idempotency key with a space', 'two words'],
      ['an idempotency key of 256 characters', 'k'.repeat(256)],
      ['an idempotency key that is not ASCII', 'schl\u00fcssel'],
    ] as const) {
      cases.push(tells(stranger, { 'idempotency-key': key }, { statuses: [400], codes: ['malformed_request'] }));
    }
  }
  if (spec.headers && 'if-match' in spec.headers.shape) {
    const anyway = refusedAnyway[route.name];
    // Where there is nothing to be late for, or nobody who may, that is what is told.
    const isSaid = anyway?.status === 403 || anyway?.status === 404;
    const late: Expected = isSaid
      ? { statuses: [anyway.status], codes: [anyway.code] }
      : { statuses: [412], codes: ['precondition_failed'] };
    cases.push(tells('an ETag of yore', { 'if-match': '"of-yore"' }, late));
    cases.push(tells('an ETag without quotes', { 'if-match': '1' }, late));
    cases.push(tells('an ETag of 300 characters', { 'if-match': `"${'e'.repeat(300)}"` }, invalid));
  }
  return cases;
};

const tricks: Readonly<Record<string, string>> = {
  'a slash in a name': '%2F',
  'a path in a name': '..%2f..%2f..%2fv1%2fkeys',
  'a backslash in a name': '..%5c..',
  'a zero byte in a name': 'a%00b',
  'a line break in a name': 'a%0d%0aset-cookie:%20a=b',
  'bytes that are no text': '%ff%c3%28',
  'an escaped escape': '%252e%252e',
  'half an escape': '%zz',
  'a name of 10 kB': 'a'.repeat(10_240),
  'a name that is an object’s': '__proto__',
  'another name that is an object’s': 'constructor',
  'a name out of a shop of SQL': "x'%20OR%20'1'='1",
  'a star and more': '*!',
  'a dollar and braces': '$%7Bjndi:ldap%7D',
  'a name of another script': '%E2%80%AEmodel',
};

/** Names that are no names; a trick may turn the path into another one, which then answers for itself. */
const pathCases = (route: Route, stage: Stage): Case[] => {
  const own = ownParams(route, stage);
  return Object.keys(own).flatMap((name) =>
    Object.entries(tricks).flatMap(([stranger, trick]): Case[] => {
      // To an alias it is a name like any other.
      if (name === 'alias' && trick === 'constructor') return [];
      const path = fillPath(route, { ...own, [name]: trick }, (text) =>
        text === trick ? trick : encodeURIComponent(text),
      );
      return [
        {
          stranger: `${stranger} (${name})`,
          operation: route.operation,
          call: { ...rightful(route, stage), path },
          expected: { statuses: [400, 404, 405, 422] },
        },
      ];
    }),
  );
};

/** All that is to be refused. @param foreign - what it is → a cursor of another list or account */
export const misshapenCases = (route: Route, stage: Stage, foreign: Readonly<Record<string, string>>): Case[] => [
  ...bodyCases(route, stage),
  ...queryCases(route, stage),
  ...cursorCases(route, stage, foreign),
  ...headerCases(route, stage),
  ...pathCases(route, stage),
];

/** Paths with a method, or in a form, that no route has. */
export const waywardCases = (stage: Stage): Case[] => {
  const byPath = Map.groupBy(routes, ({ spec }) => spec.path);
  return [...byPath.values()].flatMap(([route, ...more]) => {
    if (!route) return [];
    const call = rightful(route, stage);
    const allowed = new Set([route, ...more].map(({ spec }) => spec.method as string));
    const wrong = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((method) => !allowed.has(method));
    const missing: Expected = { statuses: [404], codes: ['route_not_found'] };
    const at = (path: string) => ({ method: route.spec.method, path, headers: { ...call.headers } });
    return [
      ...wrong.map((method) => ({
        stranger: `the method ${method}`,
        operation: undefined,
        call: { method, path: call.path, headers: { ...call.headers } },
        expected: { statuses: [405], codes: ['method_not_allowed'] } satisfies Expected,
      })),
      {
        stranger: 'a path in upper case',
        operation: undefined,
        call: at(`/${call.path.slice(1).replace(/^../, (v) => v.toUpperCase())}`),
        expected: missing,
      },
      {
        stranger: 'a path that goes on',
        operation: undefined,
        call: at(`${call.path}/and/on`),
        // It may lead below another route, which then misses what it names.
        expected: { statuses: [404], codes: ['route_not_found', 'file_not_found', 'model_not_found'] },
      },
      ...(/^\/\w+\/./.test(call.path)
        ? [
            {
              stranger: 'two slashes',
              operation: undefined,
              call: at(call.path.replace(/^\/\w+/, '$&/')),
              expected: missing,
            },
          ]
        : []),
    ];
  });
};

// One route as an OpenAPI operation.
import type { ZodOpenApiOperationObject, ZodOpenApiResponseObject } from 'zod-openapi';
import { permissions } from '../../lambdas/accounts/contract.ts';
import { type ErrorCode, errorCatalogue } from '../../lambdas/shared/kernel/error-catalogue.ts';
import { isForeignPath } from '../../lambdas/shared/platform/foreign-path.ts';
import type { ResponseSpec, RouteSpec } from '../../lambdas/shared/platform/route.ts';
import { errorCodesOf, statusOf } from './error-answers.ts';
import { problem } from './problem-schema.ts';

const JSON_TYPE = 'application/json';
const BINARY_TYPE = 'application/octet-stream';

/** `{path+}` takes the rest of the path; OpenAPI has no word for it. */
export const toOpenApiPath = (path: string): string => path.replace(/\{([^/}]+)\+\}/g, '{$1}');

const pathNames = (path: string) => [...path.matchAll(/\{([^/}+]+)\+?\}/g)].map((match) => match[1]);

const checkParams = (name: string, spec: RouteSpec) => {
  const inPath = pathNames(spec.path).sort().join(', ');
  const declared = Object.keys(spec.params?.shape ?? {})
    .sort()
    .join(', ');
  if (inPath !== declared) {
    throw new Error(`route '${name}': 'params' must declare exactly what the path names (${inPath}), got ${declared}`);
  }
};

const whoMay = (spec: RouteSpec): string | undefined => {
  if (spec.auth === 'public') return undefined;
  if (spec.auth === 'operator') return 'For operators, signed in with an access token.';
  const grant = Object.entries(permissions).find(([name]) => name === spec.permission)?.[1];
  if (spec.permission && !grant)
    throw new Error(`'permission' must be in accounts/contract.ts, got ${spec.permission}`);
  const signIn = spec.auth === 'optional' ? 'Answers without sign-in too. ' : '';
  if (!grant) return signIn.trim() || undefined;
  const scopes = grant.scopes.map((scope) => `\`${scope}\``).join(', ');
  return `${signIn}Permission \`${spec.permission}\`: roles ${grant.roles.join(', ')}; keys with ${grant.scopes.length > 1 ? 'any of the scopes' : 'the scope'} ${scopes}.`;
};

const securityOf = (spec: RouteSpec): ZodOpenApiOperationObject['security'] => {
  if (spec.auth === 'public') return [];
  return spec.auth === 'optional' ? [{}, { bearer: [] }] : [{ bearer: [] }];
};

const parameterRefs = (spec: RouteSpec) => [
  ...(spec.auth === 'public' ? [] : [{ $ref: '#/components/parameters/Account' as const }]),
  ...(spec.idempotent ? [{ $ref: '#/components/parameters/IdempotencyKey' as const }] : []),
];

const binary = { type: 'string' as const, format: 'binary', description: 'Bytes as they are.' };

const requestParamsOf = ({
  params,
  query,
  headers,
}: RouteSpec): NonNullable<ZodOpenApiOperationObject['requestParams']> => ({
  ...(params ? { path: params } : {}),
  ...(query ? { query } : {}),
  ...(headers ? { header: headers } : {}),
});

const requestBodyOf = (spec: RouteSpec): ZodOpenApiOperationObject['requestBody'] => {
  if (spec.bodyAs === 'bytes') {
    // What a route reads and does not describe, its clients send by custom only.
    if (!spec.body) return { required: false, content: { [JSON_TYPE]: { schema: {} } } };
    return { required: true, content: { [JSON_TYPE]: { schema: spec.body }, [BINARY_TYPE]: { schema: binary } } };
  }
  const { body } = spec;
  if (!body) return undefined;
  const types = spec.method === 'PATCH' ? ['application/merge-patch+json', JSON_TYPE] : [JSON_TYPE];
  const required = !body.safeParse(undefined).success;
  return { required, content: Object.fromEntries(types.map((type) => [type, { schema: body }])) };
};

const headerRef = <N extends string>(name: N) => ({ $ref: `#/components/headers/${name}` as const });

/** What every answer of the route carries. */
const commonHeaders = (spec: RouteSpec) => ({
  'x-request-id': headerRef('RequestId'),
  ...(spec.auth === 'public'
    ? {}
    : { ratelimit: headerRef('RateLimit'), 'ratelimit-policy': headerRef('RateLimitPolicy') }),
});

/** What an answer of the status carries beside. */
const ownHeaders = (statuses: ReadonlySet<number>) => ({
  ...(statuses.has(429) || statuses.has(503) ? { 'retry-after': headerRef('RetryAfter') } : {}),
  ...(statuses.has(415) ? { accept: headerRef('Accept') } : {}),
});

const answerOf = (spec: RouteSpec, status: number, response: ResponseSpec): ZodOpenApiResponseObject => {
  const headers = Object.entries(response.headers ?? {}).map(([name, description]) => [
    name,
    { description, schema: { type: 'string' as const } },
  ]);
  const content = response.body && {
    [response.contentType ?? JSON_TYPE]: { schema: response.body },
    // A route that reads bytes answers in bytes where the request asks for them.
    ...(spec.bodyAs === 'bytes' && spec.body && status === 200 ? { [BINARY_TYPE]: { schema: binary } } : {}),
  };
  return {
    description: response.description,
    headers: { ...commonHeaders(spec), ...Object.fromEntries(headers) },
    ...(content ? { content } : {}),
  };
};

const examplesOf = (codes: readonly ErrorCode[]) =>
  Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` as const }]));

const errorAnswer = (spec: RouteSpec, codes: readonly ErrorCode[]): ZodOpenApiResponseObject => ({
  description: codes.map((code) => `\`${code}\`: ${errorCatalogue[code].title}.`).join(' '),
  headers: {
    ...commonHeaders(spec),
    ...ownHeaders(new Set(codes.map(statusOf))),
  },
  content: {
    [isForeignPath(spec.path) ? JSON_TYPE : 'application/problem+json']: {
      schema: problem,
      ...(codes.length > 0 ? { examples: examplesOf(codes) } : {}),
    },
  },
});

const errorAnswers = (spec: RouteSpec): Record<string, ZodOpenApiResponseObject> => {
  const codes = errorCodesOf(spec);
  const byStatus = Map.groupBy(codes, statusOf);
  const answers = Object.fromEntries([...byStatus].map(([status, some]) => [status, errorAnswer(spec, some)]));
  // Nothing of its own to refuse; what is refused on the way to it has the same form.
  if (![...byStatus.keys()].some((status) => status < 500)) {
    answers['4XX'] = { ...errorAnswer(spec, []), description: 'Refused on the way: the `code` says why.' };
  }
  return answers;
};

/** @param name - the route's key in the contract: becomes the operation's id */
export const toOperation = (context: string, name: string, spec: RouteSpec): ZodOpenApiOperationObject => {
  checkParams(name, spec);
  const answers = Object.entries(spec.responses).map(([status, response]) => [
    status,
    answerOf(spec, Number(status), response),
  ]);
  const description = [spec.description, whoMay(spec)].filter(Boolean).join('\n\n');
  const requestBody = requestBodyOf(spec);
  const parameters = parameterRefs(spec);
  return {
    operationId: name,
    tags: [context],
    summary: spec.summary,
    ...(description ? { description } : {}),
    security: securityOf(spec) ?? [],
    ...(spec.params || spec.query || spec.headers ? { requestParams: requestParamsOf(spec) } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(requestBody ? { requestBody } : {}),
    responses: { ...Object.fromEntries(answers), ...errorAnswers(spec) },
  };
};

// The middy stack of a context's API function: routes from its contract, one use case each, our manners around them.
import middy from '@middy/core';
import httpRouter from '@middy/http-router';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { DomainError } from '../kernel/errors.ts';
import { toErrorResult, toResult } from './answer.ts';
import { callState, setCallState } from './call-state.ts';
import type { Authenticate } from './caller.ts';
import { linkNext } from './link-next.ts';
import { logCall } from './log.ts';
import { newId } from './new-id.ts';
import { readHeaders, readRequest } from './read-request.ts';
import type { RouteSpec, UseCase, UseCases } from './route.ts';

type Event = APIGatewayProxyEventV2;
type Result = APIGatewayProxyStructuredResultV2;

export interface ApiOptions<R extends Record<string, RouteSpec>> {
  readonly routes: R;
  readonly useCases: UseCases<R>;
  readonly authenticate: Authenticate;
}

/** What Lambda invokes. It never throws: every fault becomes an answer. */
export const createApi = <const R extends Record<string, RouteSpec>>(options: ApiOptions<R>) => {
  const specs = Object.values(options.routes);
  const routes = Object.entries(options.routes).flatMap(([name, spec]) => {
    const useCase = options.useCases[name] as unknown as UseCase<RouteSpec>;
    const handler = routeHandler(name, spec, useCase, options.authenticate);
    const route = { method: spec.method, path: toRouterPath(spec.path), handler };
    return spec.method === 'GET' ? [route, { ...route, method: 'HEAD' as const }] : [route];
  });
  const router = httpRouter<Event, Result>({ routes, notFoundResponse: (missed) => refuseUnknown(specs, missed) });
  // The router's own type is of three arguments, while middy's wants two or three.
  return middy<Event, Result>()
    .use(callManners())
    .handler(router as unknown as (event: Event, context: Context) => Promise<Result>);
};

/** The router takes the rest of a path only under the name `proxy`. */
const toRouterPath = (path: string) => path.replace(/\{[^/}]+\+\}$/, '{proxy+}');

const greedyName = (path: string) => /\{([^/}]+)\+\}$/.exec(path)?.[1];

const routeHandler = (name: string, spec: RouteSpec, useCase: UseCase<RouteSpec>, authenticate: Authenticate) => {
  const greedy = greedyName(spec.path);
  return async (event: Event): Promise<Result> => {
    const state = callState(event);
    state.route = name;
    const rawHeaders = readHeaders(event);
    if (spec.auth !== 'public') {
      // Who calls is settled before what was sent is looked at, so that strangers learn nothing from messages.
      state.caller = await authenticate(
        {
          authorization: rawHeaders.authorization,
          accountId: rawHeaders['x-aimass-account'],
          sourceIp: event.requestContext.http.sourceIp,
        },
        { auth: spec.auth, permission: spec.permission },
        state.nowMs,
      );
    }
    const params = { ...event.pathParameters };
    if (greedy) params[greedy] = params.proxy;
    const request = readRequest(spec, { ...event, pathParameters: params });
    const { caller, requestId, nowMs, arrivedMs, figures } = state;
    const answer = await useCase({ ...request, caller, requestId, nowMs, arrivedMs, figures } as Parameters<
      typeof useCase
    >[0]);
    if (answer.headers?.['x-request-id']) state.requestId = answer.headers['x-request-id'];
    const { path } = event.requestContext.http;
    const link = spec.method === 'GET' ? linkNext(answer.body, path, event.rawQueryString) : {};
    return toResult(
      { ...answer, headers: { ...link, ...answer.headers } },
      {
        method: event.requestContext.http.method,
        requestId,
        ifNoneMatch: rawHeaders['if-none-match'],
      },
    );
  };
};

/** 405 with `Allow` where the path is known, else 404, in our shape. */
const refuseUnknown = (specs: readonly RouteSpec[], missed: { method: string; path: string }): never => {
  const allowed = new Set(
    specs.filter((spec) => pathPattern(spec.path).test(missed.path)).map((spec) => spec.method as string),
  );
  if (allowed.has('GET')) allowed.add('HEAD');
  if (allowed.size === 0) throw unknownRoute(missed);
  const allow = [...allowed].sort().join(', ');
  throw new DomainError(
    'method_not_allowed',
    'method_not_allowed',
    `'method' must be one of ${allow}, got ${missed.method}`,
    {
      headers: { allow },
    },
  );
};

const unknownRoute = ({ method, path }: { method: string; path: string }) =>
  new DomainError('not_found', 'route_not_found', `there is nothing at ${method} ${path}`);

const pathPattern = (path: string) =>
  new RegExp(`^${path.replace(/\{[^/}]+\+\}/g, '.+').replace(/\{[^/}]+\}/g, '[^/]+')}/?$`);

/** The gateway gives up after 30 s: what seems older tells of a clock that goes wrong, and must not refuse every call. */
const MAX_WAIT_MS = 30_000;

/** The gateway's own time of arrival; a start of the function may lie between it and now. */
const arrivalOf = ({ requestContext }: Event, nowMs: number): number => {
  const { timeEpoch } = requestContext;
  return nowMs - timeEpoch <= MAX_WAIT_MS ? Math.min(nowMs, timeEpoch) : nowMs;
};

let cold = true;

/** Outermost: gives the call an id, turns faults into answers, logs one line. */
const callManners = (): middy.MiddlewareObj<Event, Result> => ({
  before: ({ event }) => {
    // The gateway's routes are wider than ours: its own `proxy` would stand in for the rest that our route names.
    delete event.pathParameters;
    const nowMs = Date.now();
    setCallState(event, {
      requestId: newId('req', nowMs),
      nowMs,
      arrivedMs: arrivalOf(event, nowMs),
      startedAt: performance.now(),
      route: 'none',
      caller: undefined,
      code: undefined,
      figures: {},
    });
  },
  after: ({ event, response }) => logAnswered(event, response),
  onError: (request) => {
    const state = callState(request.event);
    const { result, code } = toErrorResult(request.error, state.requestId, request.event.rawPath.startsWith('/v2'));
    state.code = code;
    if (request.event.requestContext.http.method === 'HEAD') delete result.body;
    request.response = result;
    logAnswered(request.event, result);
  },
});

const logAnswered = (event: Event, response: Result | null | undefined) => {
  const state = callState(event);
  logCall({
    requestId: state.requestId,
    route: state.route,
    status: response?.statusCode ?? 500,
    durationMs: Math.round((performance.now() - state.startedAt) * 100) / 100,
    accountId: state.caller?.accountId,
    keyId: state.caller?.keyId,
    code: state.code,
    cold,
    ...state.figures,
  });
  cold = false;
};

// The middy stack of a context's API function: routes from its contract, one use case each, our manners around them.
import middy from '@middy/core';
import httpRouter from '@middy/http-router';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { DomainError } from '../kernel/errors.ts';
import { toErrorResult, toResult } from './answer.ts';
import { bodyBytes } from './body-bytes.ts';
import { type CallState, callState, setCallState } from './call-state.ts';
import type { Authenticate, Caller, Limit } from './caller.ts';
import { type ClientAddress, clientAddressOf } from './client-address.ts';
import { readEnv } from './env.ts';
import { isForeignPath } from './foreign-path.ts';
import { linkNext } from './link-next.ts';
import { logCall } from './log.ts';
import { newId } from './new-id.ts';
import { originEnv } from './origin.ts';
import type { Problem } from './problem.ts';
import { readHeaders, readRequest } from './read-request.ts';
import type { RouteSpec, UseCase, UseCases } from './route.ts';
import { beginTrace, currentTrace, inTrace, traceFigures } from './trace.ts';

type Event = APIGatewayProxyEventV2;
type Result = APIGatewayProxyStructuredResultV2;

export interface ApiOptions<R extends Record<string, RouteSpec>> {
  readonly routes: R;
  readonly useCases: UseCases<R>;
  readonly authenticate: Authenticate;
  readonly limit: Limit;
  /** Headers of an error's answer beside those that every one has. @default - none */
  readonly errorHeaders?: ErrorHeaders;
  /** @default - as the environment says: behind CloudFront, what CloudFront proves; else what the gateway saw */
  readonly clientAddress?: ClientAddress;
}

/** @param path - of the request */
export type ErrorHeaders = (problem: Problem, path: string) => Readonly<Record<string, string>>;

/** What Lambda invokes. It never throws: every fault becomes an answer. */
export const createApi = <const R extends Record<string, RouteSpec>>(options: ApiOptions<R>) => {
  const specs = Object.values(options.routes);
  const gate = { clientAddress: clientAddressOf(readEnv(originEnv)), ...options };
  const routes = Object.entries(options.routes).flatMap(([name, spec]) => {
    const useCase = options.useCases[name] as unknown as UseCase<RouteSpec>;
    const handler = routeHandler(name, spec, useCase, gate);
    const route = { method: spec.method, path: toRouterPath(spec.path), handler };
    return spec.method === 'GET' ? [route, { ...route, method: 'HEAD' as const }] : [route];
  });
  const router = httpRouter<Event, Result>({ routes, notFoundResponse: (missed) => refuseUnknown(specs, missed) });
  // The router's own type is of three arguments, while middy's wants two or three.
  const handle = middy<Event, Result>()
    .use(callManners(options.errorHeaders))
    .handler(router as unknown as (event: Event, context: Context) => Promise<Result>);
  return (event: Event, context: Context): Promise<Result> => inTrace(traceOf(event), () => handle(event, context));
};

const traceOf = ({ headers }: Event) =>
  beginTrace(
    { traceparent: headers.traceparent, xrayHeader: headers['x-amzn-trace-id'], lambda: process.env._X_AMZN_TRACE_ID },
    Date.now(),
  );

/** The router takes the rest of a path only under the name `proxy`. */
const toRouterPath = (path: string) => path.replace(/\{[^/}]+\+\}$/, '{proxy+}');

const greedyName = (path: string) => /\{([^/}]+)\+\}$/.exec(path)?.[1];

type Gate = Pick<ApiOptions<Record<string, RouteSpec>>, 'authenticate' | 'limit'> & {
  readonly clientAddress: ClientAddress;
};

const routeHandler = (name: string, spec: RouteSpec, useCase: UseCase<RouteSpec>, gate: Gate) => {
  const greedy = greedyName(spec.path);
  return async (event: Event): Promise<Result> => {
    const state = callState(event);
    state.route = name;
    const rawHeaders = readHeaders(event);
    // Who calls is settled before what was sent is looked at, so that strangers learn nothing from messages.
    if (spec.auth !== 'public') await admit(gate, { ...spec, auth: spec.auth }, { event, rawHeaders, state });
    const params = { ...event.pathParameters };
    if (greedy) params[greedy] = params.proxy;
    const request = readRequest(spec, { ...event, pathParameters: params });
    const { method, path } = event.requestContext.http;
    const isHead = method === 'HEAD';
    const { caller, clientAddress, requestId, nowMs, arrivedMs, figures } = state;
    const known = { isHead, caller, clientAddress, requestId, nowMs, arrivedMs, figures };
    const answer = await useCase({ ...request, ...known } as Parameters<typeof useCase>[0]);
    if (answer.headers?.['x-request-id']) state.requestId = answer.headers['x-request-id'];
    const link = spec.method === 'GET' ? linkNext(answer.body, path, event.rawQueryString) : {};
    return toResult(
      { ...answer, headers: { ...link, ...answer.headers } },
      {
        method,
        requestId,
        ifNoneMatch: rawHeaders['if-none-match'],
      },
    );
  };
};

/** Who calls, within which limits, and whether they may: in that order, so that refused calls count too. */
const admit = async (
  { authenticate, limit, clientAddress }: Gate,
  { auth, permission }: RouteSpec & { readonly auth: 'optional' | 'required' | 'operator' },
  { event, rawHeaders, state }: { event: Event; rawHeaders: Readonly<Record<string, string>>; state: CallState },
) => {
  const known = async (caller: Caller) => {
    state.caller = caller;
    state.admission = await limit(caller, { auth }, state.figures);
  };
  state.clientAddress = await clientAddress(rawHeaders, event.requestContext.http.sourceIp);
  const credentials = {
    authorization: rawHeaders.authorization,
    accountId: rawHeaders['x-aimass-account'],
    sourceIp: state.clientAddress,
  };
  const caller = await authenticate(credentials, { auth, permission }, state.nowMs, known);
  if (caller && !state.admission) await known(caller);
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
const callManners = (errorHeaders: ErrorHeaders = () => ({})): middy.MiddlewareObj<Event, Result> => ({
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
      clientAddress: undefined,
      admission: undefined,
      code: undefined,
      figures: {},
    });
  },
  after: async ({ event, response }) => {
    await endAdmission(callState(event), response);
    logAnswered(event, response);
  },
  onError: async (request) => {
    const state = callState(request.event);
    // A refusal that was charged is told, and logged, under its event's id.
    if (request.error instanceof DomainError) {
      state.requestId = request.error.extras.headers?.['x-request-id'] ?? state.requestId;
    }
    const { rawPath } = request.event;
    const { result, problem } = toErrorResult(request.error, state.requestId, isForeignPath(rawPath));
    state.code = problem.code;
    result.headers = { ...errorHeaders(problem, rawPath), ...result.headers };
    if (request.event.requestContext.http.method === 'HEAD') delete result.body;
    await endAdmission(state, result);
    request.response = result;
    logAnswered(request.event, result);
  },
});

/** Whatever the answer is, it tells of the limits; nothing may be left under way when the function is put to sleep. */
const endAdmission = async ({ admission }: CallState, answer: Result | null | undefined) => {
  if (answer && admission) answer.headers = { ...admission.headers, ...answer.headers };
  await admission?.beside;
};

const logAnswered = (event: Event, response: Result | null | undefined) => {
  const state = callState(event);
  const trace = currentTrace();
  logCall(
    {
      requestId: state.requestId,
      ...(trace ? traceFigures(trace, process.env._X_AMZN_TRACE_ID) : {}),
      route: state.route,
      status: response?.statusCode ?? 500,
      durationMs: Math.round((performance.now() - state.startedAt) * 100) / 100,
      requestBytes: bodyBytes(event),
      answerBytes: bodyBytes(response ?? {}),
      accountId: state.caller?.accountId,
      keyId: state.caller?.keyId,
      code: state.code,
      cold,
      ...state.figures,
    },
    state.nowMs,
  );
  cold = false;
};

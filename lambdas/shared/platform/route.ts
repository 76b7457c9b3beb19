// What a route is. A context's contract.ts lists its routes in this form; the router, the gateway's routes,
// docs/openapi.json and the SDK's types are all made from that one list.
import type { core, ZodObject, ZodType } from 'zod';
import type { ZodMiniObject, ZodMiniType } from 'zod/mini';
import type { ErrorCode } from '../kernel/error-catalogue.ts';
import type { Caller } from './caller.ts';

/** Of `zod`, or of `zod/mini` in what the functions load that callers wait for: a third of it in their bundles. */
type Schema = ZodType | ZodMiniType;
type ObjectSchema = ZodObject | ZodMiniObject;

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * Who may call: `public` nobody asks · `optional` a caller is known if credentials came (bad ones are still refused) ·
 * `required` a caller with the permission · `operator` an operator, signed in with an access token.
 */
export type Auth = 'public' | 'optional' | 'required' | 'operator';

export interface ResponseSpec {
  readonly description: string;
  /** Absent: the answer has no body. */
  readonly body?: Schema;
  /** Default `application/json`. */
  readonly contentType?: string;
  /** Header name → what it tells. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RouteSpec {
  readonly method: Method;
  /** `/v1/models/{model}/versions/{version}`; `{name+}` as the last segment takes the rest of the path. */
  readonly path: `/${string}`;
  /** Sentence case, no full stop: the operation's title in the API reference. */
  readonly summary: string;
  readonly description?: string;
  readonly auth: Auth;
  /** Name from the table in accounts/contract.ts; needed where `auth` is `required`, checked too where it is `optional`. */
  readonly permission?: string;
  readonly params?: ObjectSchema;
  /** Unknown query parameters are refused under /v1, and ignored where others’ protocols are spoken. Values arrive as strings. */
  readonly query?: ObjectSchema;
  /** Header names in lower case; other headers are ignored. */
  readonly headers?: ObjectSchema;
  /** The JSON body. Use `z.strictObject`, so that a typing error never passes silently. */
  readonly body?: Schema;
  /** `bytes`: the body is handed on undecoded as `Uint8Array`, and `body` only documents it. Default `json`. */
  readonly bodyAs?: 'json' | 'bytes';
  /** Largest body accepted, in bytes after base64. Default 1 MiB. */
  readonly bodyLimitBytes?: number;
  /** What to do instead of sending a larger body, told when one came. Default `send less at a time`. */
  readonly bodyLimitMend?: string;
  /** The writes that accept `Idempotency-Key`. */
  readonly idempotent?: boolean;
  readonly responses: Readonly<Record<number, ResponseSpec>>;
  /** Codes of its own; those that any route has (400, 401, 403, 404, 405, 413, 415, 422, 429, 500, 503) are added by kind of route. */
  readonly errors: readonly ErrorCode[];
}

/** Keeps the literal types of a context's routes. */
export const defineRoutes = <const R extends Record<string, RouteSpec>>(routes: R): R => routes;

type OutputOf<S> = S extends core.$ZodType ? core.output<S> : Record<string, never>;

/** What a use case receives: parsed, checked and authorised. */
export interface RouteRequest<R extends RouteSpec> {
  readonly params: OutputOf<R['params']>;
  readonly query: OutputOf<R['query']>;
  readonly headers: OutputOf<R['headers']>;
  readonly body: R['bodyAs'] extends 'bytes' ? Uint8Array : OutputOf<R['body']>;
  readonly caller: R['auth'] extends 'required' | 'operator' ? Caller : Caller | undefined;
  /** From where the call came, once it was asked who calls; for nothing that is stored or logged. */
  readonly clientAddress?: string | undefined;
  /** `req_…`, also the answer's `x-request-id` unless the answer sets its own. */
  readonly requestId: string;
  /** When the function began with the request, epoch milliseconds. */
  readonly nowMs: number;
  /** When the gateway took the request in, as far as known: at most nowMs. */
  readonly arrivedMs: number;
  /** Whether only the headers are asked for, of a GET route. */
  readonly isHead?: boolean;
  /** Every request header, names in lower case. */
  readonly rawHeaders: Readonly<Record<string, string>>;
  /** Only where the route is `idempotent` and the caller sent a key. */
  readonly idempotency: IdempotencyClaim | undefined;
  /** Figures of the call's log line, for the use case to write into: names and numbers, never content. */
  readonly figures?: Record<string, string | number | boolean | undefined>;
}

/** A caller's `Idempotency-Key` and the SHA-256 (hex) of the request that it stands for: method, path, query, the body and its coding. */
export interface IdempotencyClaim {
  readonly key: string;
  readonly requestSha256: string;
}

export interface RouteAnswer<R extends RouteSpec = RouteSpec> {
  readonly status: keyof R['responses'] & number;
  /** An object is sent as JSON, bytes and text as they are. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: never;
}

/** One route's use case, ports already given. */
export type UseCase<R extends RouteSpec> = (request: RouteRequest<R>) => Promise<RouteAnswer<R>>;

/** A use case for each route of a contract. */
export type UseCases<R extends Record<string, RouteSpec>> = { readonly [K in keyof R]: UseCase<R[K]> };

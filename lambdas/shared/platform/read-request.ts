// Reads an HTTP API event into what a use case receives; every fault is the caller's and says where it is.
import { createHash } from 'node:crypto';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { z } from 'zod';
import { DomainError, type FieldError } from '../kernel/errors.ts';
import type { IdempotencyClaim, RouteSpec } from './route.ts';

const DEFAULT_BODY_LIMIT_BYTES = 1_048_576;
const idempotencyKeyPattern = /^[\x21-\x7e]{1,255}$/;

/** Headers with lower-case names, as HTTP API events have them; repeated headers are joined by commas. */
export const readHeaders = (event: APIGatewayProxyEventV2): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(event.headers))
    if (value !== undefined) headers[name.toLowerCase()] = value;
  return headers;
};

/** The body as it was sent. @throws DomainError body_too_large */
export const readBytes = (event: APIGatewayProxyEventV2, limitBytes = DEFAULT_BODY_LIMIT_BYTES): Uint8Array => {
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > limitBytes) {
    throw new DomainError(
      'too_large',
      'body_too_large',
      `the body must be at most ${limitBytes} bytes, got ${bytes.length}`,
    );
  }
  return bytes;
};

const jsonTypes: Readonly<Record<string, readonly string[]>> = {
  PATCH: ['application/merge-patch+json', 'application/json'],
};

const checkContentType = (spec: RouteSpec, headers: Record<string, string>) => {
  const allowed = jsonTypes[spec.method] ?? ['application/json'];
  const sent = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (sent === undefined || !allowed.includes(sent)) {
    throw new DomainError(
      'unsupported_media_type',
      'unsupported_media_type',
      `'content-type' must be ${allowed.join(' or ')}, got ${sent ?? 'none'}`,
    );
  }
};

/** @throws DomainError malformed_json */
export const parseJson = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (fault) {
    // V8's message quotes the input's neighbourhood; the caller sent it, so the caller may see it.
    const reason = fault instanceof Error ? fault.message : 'unreadable';
    throw new DomainError('unreadable', 'malformed_json', `the body must be JSON in UTF-8: ${reason}`);
  }
};

const describeInput = (input: unknown): string => {
  if (input === undefined) return 'nothing';
  if (input === null || typeof input === 'number' || typeof input === 'boolean') return String(input);
  if (typeof input === 'string') return input.length <= 64 ? `'${input}'` : `${input.length} characters`;
  return Array.isArray(input) ? `an array of ${input.length}` : 'an object';
};

/** What a body of many faults is told of: the answer stays small however large the request was. */
const MAX_ERRORS = 50;
const MAX_POINTER_LENGTH = 256;

const escapePointer = (part: PropertyKey) => String(part).replaceAll('~', '~0').replaceAll('/', '~1');

/** `must be string` for zod's `Invalid input: expected string, received undefined`: what came is told by us. */
const readable = (message: string): string =>
  message.replace(
    /^(?:Invalid input|Too small|Too big|Invalid option): expected (.*?)(?:, received .*)?$/,
    'must be $1',
  );

const toFieldErrors = (error: z.ZodError, prefix: string): FieldError[] =>
  error.issues
    .slice(0, MAX_ERRORS)
    .flatMap((issue) => {
      const at = (path: readonly PropertyKey[]) => {
        const inside = path.map(escapePointer).join('/');
        return (prefix ? [prefix, inside].filter(Boolean).join('/') : inside && `/${inside}`).slice(
          0,
          MAX_POINTER_LENGTH,
        );
      };
      if (issue.code === 'unrecognized_keys') {
        const keys = issue.keys.slice(0, MAX_ERRORS);
        return keys.map((key) => ({ pointer: at([...issue.path, key]), detail: 'is not a known field' }));
      }
      return [{ pointer: at(issue.path), detail: `${readable(issue.message)}, got ${describeInput(issue.input)}` }];
    })
    .slice(0, MAX_ERRORS);

/**
 * Parses one part of a request.
 * @param prefix - '' for the body, else `query`, `params` or `headers`
 * @throws DomainError validation_failed, or malformed_request under /v2, whose clients know 400 only
 */
export const parsePart = <S extends z.ZodType>(schema: S, value: unknown, prefix: string, v2: boolean): z.output<S> => {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const errors = toFieldErrors(parsed.error, prefix);
  const message = errors
    .slice(0, 3)
    .map((e) => `'${e.pointer || 'body'}' ${e.detail}`)
    .join('; ');
  if (v2) throw new DomainError('unreadable', 'malformed_request', message, { errors });
  throw new DomainError('invalid', 'validation_failed', message, { errors });
};

const readQuery = (event: APIGatewayProxyEventV2): Record<string, string> => {
  const query: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(event.rawQueryString ?? '')) {
    if (Object.hasOwn(query, name)) {
      throw new DomainError('invalid', 'validation_failed', `'query/${name}' must be given once`, {
        errors: [{ pointer: `query/${name}`, detail: 'must be given once' }],
      });
    }
    query[name] = value;
  }
  return query;
};

const emptyObject = z.strictObject({});
const noBody = z.union([z.undefined(), emptyObject], 'must be empty: this request has no body');

const readBody = (spec: RouteSpec, headers: Record<string, string>, bytes: Uint8Array, v2: boolean): unknown => {
  if (spec.bodyAs === 'bytes') return bytes;
  if (spec.method === 'GET' || spec.method === 'DELETE') return {};
  if (bytes.length === 0 && !spec.body) return {};
  // A body that may be left out: its schema says what stands for it.
  if (bytes.length === 0 && spec.body?.safeParse(undefined).success) return spec.body.parse(undefined);
  if (!v2) checkContentType(spec, headers);
  return parsePart(spec.body ?? noBody, parseJson(bytes), '', v2);
};

const readIdempotency = (
  spec: RouteSpec,
  event: APIGatewayProxyEventV2,
  headers: Record<string, string>,
  bytes: Uint8Array,
): IdempotencyClaim | undefined => {
  const key = headers['idempotency-key'];
  if (!spec.idempotent || key === undefined) return undefined;
  if (!idempotencyKeyPattern.test(key)) {
    throw new DomainError(
      'unreadable',
      'malformed_request',
      "'idempotency-key' must be 1 to 255 visible ASCII characters",
    );
  }
  const hash = createHash('sha256');
  hash.update(`${spec.method} ${event.requestContext.http.path}?${event.rawQueryString ?? ''}\n`);
  // They say what the bytes mean. Always two lines, so that no body can pass for a header.
  for (const name of ['content-encoding', 'inference-header-content-length']) hash.update(`${headers[name] ?? ''}\n`);
  return { key, requestSha256: hash.update(bytes).digest('hex') };
};

/** Everything of the request but who calls. */
export const readRequest = (spec: RouteSpec, event: APIGatewayProxyEventV2) => {
  const v2 = spec.path.startsWith('/v2');
  const rawHeaders = readHeaders(event);
  const bytes = readBytes(event, spec.bodyLimitBytes);
  const querySchema = v2 ? (spec.query ?? z.object({})) : (spec.query?.strict() ?? emptyObject);
  return {
    params: parsePart(spec.params ?? z.object({}), event.pathParameters ?? {}, 'params', v2),
    query: parsePart(
      querySchema,
      v2 ? Object.fromEntries(new URLSearchParams(event.rawQueryString ?? '')) : readQuery(event),
      'query',
      v2,
    ),
    headers: parsePart(spec.headers ?? z.object({}), rawHeaders, 'headers', v2),
    body: readBody(spec, rawHeaders, bytes, v2),
    idempotency: readIdempotency(spec, event, rawHeaders, bytes),
    rawHeaders,
  };
};

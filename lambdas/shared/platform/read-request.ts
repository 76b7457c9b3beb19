// Reads an HTTP API event into what a use case receives; every fault is the caller's and says where it is.
import { createHash } from 'node:crypto';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod/mini';
import english from 'zod/v4/locales/en.js';
import { DomainError, type FieldError } from '../kernel/errors.ts';
import { repeatedMember } from '../kernel/repeated-member.ts';
import { isForeignPath } from './foreign-path.ts';
import type { IdempotencyClaim, RouteSpec } from './route.ts';

/** Without it zod/mini finds faults in two words. */
z.config(english());

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
export const readBytes = (
  event: APIGatewayProxyEventV2,
  limitBytes = DEFAULT_BODY_LIMIT_BYTES,
  mend = 'send less at a time',
): Uint8Array => {
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > limitBytes) {
    throw new DomainError(
      'too_large',
      'body_too_large',
      `the body must be at most ${limitBytes} bytes, got ${bytes.length}: ${mend}`,
    );
  }
  return bytes;
};

/** Whether a body is looked at; one that the route does not know must be empty. */
export const takesBody = ({ method }: Pick<RouteSpec, 'method'>): boolean => method !== 'GET' && method !== 'DELETE';

const jsonTypes: Readonly<Record<string, readonly string[]>> = {
  PATCH: ['application/merge-patch+json', 'application/json'],
};

/** Where a method has a field of its own for what it takes; `Accept` says the same for all (RFC 9110 §15.5.16). */
const acceptFields: Readonly<Record<string, string>> = { POST: 'accept-post', PATCH: 'accept-patch' };

const checkContentType = (spec: RouteSpec, headers: Record<string, string>) => {
  const allowed = jsonTypes[spec.method] ?? ['application/json'];
  const sent = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (sent === undefined || !allowed.includes(sent)) {
    const own = acceptFields[spec.method];
    const accepted = allowed.join(', ');
    throw new DomainError(
      'unsupported_media_type',
      'unsupported_media_type',
      `'content-type' must be ${allowed.join(' or ')}, got ${sent ?? 'none'}`,
      { headers: { accept: accepted, ...(own ? { [own]: accepted } : {}) } },
    );
  }
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (coding !== '' && coding !== 'identity') {
    throw new DomainError(
      'unsupported_media_type',
      'unsupported_media_type',
      `'content-encoding' must be identity, got ${coding.slice(0, 64)}: only inference takes packed bodies`,
      { headers: { 'accept-encoding': 'identity' } },
    );
  }
};

/** @throws DomainError malformed_json */
export const parseJson = (bytes: Uint8Array): unknown => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    const repeated = repeatedMember(text, value);
    if (repeated === undefined) return value;
    throw new SyntaxError(`'${repeated.slice(0, 64)}' is there twice`);
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
  message
    .replace(/^(?:Invalid input|Too small|Too big|Invalid option): expected (.*?)(?:, received .*)?$/, 'must be $1')
    .replace(/^Invalid discriminator value\. Expected (.*)$/, 'must be $1')
    .replace(/^Invalid (ISO [a-z]+|UUID|URL|email address)$/, 'must be of the form: $1');

/** A rule of our own may have told already what came. */
const withGot = (detail: string, input: unknown): string =>
  detail.includes(', got ') ? detail : `${detail}, got ${describeInput(input)}`;

/** Where a member tells which of several forms it is, that member. */
const inputOf = (issue: z.core.$ZodIssue): unknown =>
  issue.code === 'invalid_union' && issue.discriminator !== undefined && isObject(issue.input)
    ? issue.input[issue.discriminator]
    : issue.input;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const toFieldErrors = (error: z.core.$ZodError, prefix: string): FieldError[] =>
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
      return [{ pointer: at(issue.path), detail: withGot(readable(issue.message), inputOf(issue)) }];
    })
    .slice(0, MAX_ERRORS);

/**
 * Parses one part of a request.
 * @param prefix - '' for the body, else `query`, `params` or `headers`
 * @throws DomainError validation_failed, or malformed_request under a foreign path, whose clients know 400 only
 */
export const parsePart = <S extends z.core.$ZodType>(
  schema: S,
  value: unknown,
  prefix: string,
  foreign: boolean,
): z.output<S> => {
  const parsed = z.safeParse(schema, value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const errors = toFieldErrors(parsed.error, prefix);
  const message = errors
    .slice(0, 3)
    .map((e) => `'${e.pointer || 'body'}' ${e.detail}`)
    .join('; ');
  if (foreign) throw new DomainError('unreadable', 'malformed_request', message, { errors });
  throw new DomainError('invalid', 'validation_failed', message, { errors });
};

const readQuery = (event: APIGatewayProxyEventV2): Record<string, string> => {
  // Not an object that is written to: `__proto__` would be lost in it, and pass for nothing.
  const query = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(event.rawQueryString ?? '')) {
    if (query.has(name)) {
      throw new DomainError('invalid', 'validation_failed', `'query/${name}' must be given once`, {
        errors: [{ pointer: `query/${name}`, detail: 'must be given once' }],
      });
    }
    query.set(name, value);
  }
  return Object.fromEntries(query);
};

const emptyObject = z.strictObject({});

/** What a route's query is checked by, made once: a schema costs far more to make than to use. */
const querySchemas = new WeakMap<RouteSpec, z.core.$ZodType>();

const strictQuery = (spec: RouteSpec): z.core.$ZodType => {
  const known = querySchemas.get(spec);
  if (known) return known;
  const made = spec.query ? z.catchall(spec.query, z.never()) : emptyObject;
  querySchemas.set(spec, made);
  return made;
};

/** Of a part that the route does not know: nothing. */
const parseKnown = (schema: z.core.$ZodType | undefined, value: unknown, prefix: string, foreign: boolean) =>
  schema ? parsePart(schema, value, prefix, foreign) : {};

/** Where others' protocols are spoken what is not known is ignored, and what is given repeatedly is a list with commas. */
const readLooseQuery = (spec: RouteSpec, event: APIGatewayProxyEventV2) => {
  if (!spec.query) return {};
  const query = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(event.rawQueryString ?? '')) {
    const before = query.get(name);
    query.set(name, before === undefined ? value : `${before},${value}`);
  }
  return parsePart(spec.query, Object.fromEntries(query), 'query', true);
};

/** Names what to send: a type of content is not what is amiss where there is none. */
const bodyMissing = (schema: z.core.$ZodType) => {
  const parsed = z.safeParse(schema, {}, { reportInput: true });
  const errors = parsed.success
    ? [{ pointer: '', detail: 'must be an object, got nothing' }]
    : toFieldErrors(parsed.error, '');
  const wanted = errors.slice(0, 3).map(({ pointer, detail }) => `'${pointer || 'body'}' ${detail}`);
  return new DomainError('invalid', 'validation_failed', `a body must be sent, as JSON: ${wanted.join('; ')}`, {
    errors,
  });
};

const noBody = z.union([z.undefined(), emptyObject], 'must be empty: this request has no body');

const readBody = (spec: RouteSpec, headers: Record<string, string>, bytes: Uint8Array, foreign: boolean): unknown => {
  if (spec.bodyAs === 'bytes') return bytes;
  if (!takesBody(spec)) return {};
  if (bytes.length === 0 && !spec.body) return {};
  // A body that may be left out: its schema says what stands for it.
  const absent = bytes.length === 0 && spec.body ? z.safeParse(spec.body, undefined) : undefined;
  if (absent?.success) return absent.data;
  if (bytes.length === 0 && spec.body && !foreign && headers['content-type'] === undefined)
    throw bodyMissing(spec.body);
  if (!foreign) checkContentType(spec, headers);
  return parsePart(spec.body ?? noBody, parseJson(bytes), '', foreign);
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

/** Everything of the request but who calls. What comes along with a GET or DELETE means nothing (RFC 9110 §9.3) and is left alone. */
export const readRequest = (spec: RouteSpec, event: APIGatewayProxyEventV2) => {
  const foreign = isForeignPath(spec.path);
  const rawHeaders = readHeaders(event);
  const bytes = takesBody(spec) ? readBytes(event, spec.bodyLimitBytes, spec.bodyLimitMend) : new Uint8Array();
  return {
    params: parseKnown(spec.params, event.pathParameters ?? {}, 'params', foreign),
    query: foreign ? readLooseQuery(spec, event) : parsePart(strictQuery(spec), readQuery(event), 'query', foreign),
    headers: parseKnown(spec.headers, rawHeaders, 'headers', foreign),
    body: readBody(spec, rawHeaders, bytes, foreign),
    idempotency: readIdempotency(spec, event, rawHeaders, bytes),
    rawHeaders,
  };
};

// Writes a use case's answer, or what was thrown, as the gateway wants it.
import { createHash } from 'node:crypto';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { DomainError } from '../kernel/errors.ts';
import { logFault } from './log.ts';
import { type Problem, toProblem } from './problem.ts';
import type { RouteAnswer } from './route.ts';
import { isTransientFault } from './transient-fault.ts';

const commonHeaders = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

interface AnswerContext {
  readonly method: string;
  readonly requestId: string;
  readonly ifNoneMatch: string | undefined;
}

const etagOf = (body: string) => `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;

const matches = (ifNoneMatch: string, etag: string) =>
  ifNoneMatch === '*' || ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);

const encodeBody = (body: unknown): Pick<APIGatewayProxyStructuredResultV2, 'body' | 'isBase64Encoded'> => {
  if (body === undefined) return {};
  if (body instanceof Uint8Array)
    return {
      body: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64'),
      isBase64Encoded: true,
    };
  return { body: typeof body === 'string' ? body : JSON.stringify(body) };
};

/** A use case's answer; a GET's 200 gets an ETag and may become 304, a HEAD loses its body. */
export const toResult = (answer: RouteAnswer, context: AnswerContext): APIGatewayProxyStructuredResultV2 => {
  const encoded = encodeBody(answer.body);
  const headers: Record<string, string> = {
    ...commonHeaders,
    ...(answer.body === undefined ? {} : { 'content-type': 'application/json' }),
    'x-request-id': context.requestId,
    ...answer.headers,
  };
  const readable = context.method === 'GET' || context.method === 'HEAD';
  if (readable && answer.status === 200 && encoded.body !== undefined) {
    headers.etag ??= etagOf(encoded.body);
    if (context.ifNoneMatch && matches(context.ifNoneMatch, headers.etag)) return { statusCode: 304, headers };
  }
  if (context.method === 'HEAD') return { statusCode: answer.status, headers };
  return { statusCode: answer.status, headers, ...encoded };
};

const comeAgain = () =>
  new DomainError('unavailable', 'unavailable', 'a part of the platform does not answer for the moment; try again', {
    headers: { 'retry-after': '1' },
  });

/** What answers of a status carry, unless they say otherwise. */
const standing: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  401: { 'www-authenticate': 'Bearer' },
  503: { 'retry-after': '1' },
};

/** The error object; what is not the caller's fault is logged with its stack. */
export const toErrorResult = (
  thrown: unknown,
  requestId: string,
  foreign: boolean,
): { result: APIGatewayProxyStructuredResultV2; problem: Problem } => {
  if (!(thrown instanceof DomainError)) logFault(requestId, thrown);
  const { problem, extras } = toProblem(isTransientFault(thrown) ? comeAgain() : thrown, requestId);
  return {
    problem,
    result: {
      statusCode: problem.status,
      headers: {
        ...commonHeaders,
        'content-type': foreign ? 'application/json' : 'application/problem+json',
        'x-request-id': requestId,
        ...standing[problem.status],
        ...extras.headers,
      },
      body: JSON.stringify(problem),
    },
  };
};

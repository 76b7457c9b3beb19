// The face of a SageMaker container: GET /ping tells whether it can serve, POST /invocations serves.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { errorKinds } from '../../shared/kernel/error-kinds.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import { logFault, logWork } from '../../shared/platform/log.ts';
import { workTrace } from '../../shared/platform/trace.ts';
import type { Invocation } from './answer-invocation.ts';

export interface HttpServerOptions {
  readonly isReady: () => boolean;
  readonly invoke: (body: unknown, signal: AbortSignal) => Promise<Invocation>;
  readonly bodyLimitBytes: number;
  /** Requests that are read or answered at once; more are told to come again before their body is read. */
  readonly openLimit: number;
}

export const createHttpServer = (options: HttpServerOptions): Server => {
  let openCount = 0;
  return createServer({ keepAliveTimeout: 75_000, requestTimeout: 30_000 }, (request, answer) => {
    const path = request.url?.split('?')[0];
    if (path === '/ping') return send(answer, options.isReady() ? 200 : 503, { ready: options.isReady() });
    if (path !== '/invocations') return send(answer, 404, { code: 'route_not_found', error: 'no such path' });
    if (request.method !== 'POST') return send(answer, 405, { code: 'method_not_allowed', error: 'only POST' });
    openCount++;
    const startedMs = performance.now();
    answerOne(request, answer, options, openCount)
      .then((invocation) => logInvocation(invocation, performance.now() - startedMs))
      .catch((fault: unknown) => sendFault(answer, fault))
      .finally(() => openCount--);
  });
};

const answerOne = async (
  request: IncomingMessage,
  answer: ServerResponse,
  { invoke, bodyLimitBytes, openLimit }: HttpServerOptions,
  openCount: number,
): Promise<Invocation> => {
  if (openCount > openLimit) {
    throw new DomainError('unavailable', 'unavailable', `${openLimit} requests are open`, {
      headers: { 'retry-after': '1' },
    });
  }
  const gone = new AbortController();
  answer.on('close', () => {
    if (!answer.writableFinished) gone.abort(new Error('the caller has gone'));
  });
  const body = parseJson(await readBody(request, bodyLimitBytes));
  const invocation = await invoke(body, gone.signal);
  send(answer, 200, invocation.answer);
  return invocation;
};

const readBody = async (request: IncomingMessage, limitBytes: number): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limitBytes) {
      throw new DomainError('too_large', 'body_too_large', `the body must have at most ${limitBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
};

const parseJson = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new DomainError('unreadable', 'malformed_json', 'the body must be one JSON value');
  }
};

const send = (answer: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void => {
  if (answer.destroyed || answer.headersSent) return;
  const bytes = Buffer.from(JSON.stringify(body));
  answer.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length, ...headers });
  answer.end(bytes);
};

const sendFault = (answer: ServerResponse, fault: unknown): void => {
  if (answer.destroyed) return;
  if (fault instanceof DomainError) {
    const { code, kind, message, extras } = fault;
    // What of the body was not read is in the way of a next request.
    send(answer, errorKinds[kind], { code, error: message }, { ...extras.headers, connection: 'close' });
    return;
  }
  logFault('invocation', fault);
  send(answer, 500, { code: 'internal_error', error: 'the server failed' });
};

const logInvocation = ({ order, outcome }: Invocation, durationMs: number): void => {
  const figures = outcome.ok
    ? {
        loadMs: round(outcome.loadMs),
        runMs: round(outcome.runMs),
        queueMs: round(outcome.queueMs),
        joined: outcome.joinedCount,
      }
    : { fault: outcome.fault };
  const { traceparent, artifact } = order;
  const times = { durationMs: round(durationMs), ...figures };
  logWork('invocation', { ...workTrace(traceparent), artifact: artifact.sha256, ok: outcome.ok, ...times });
};

const round = (ms: number) => Math.round(ms * 100) / 100;

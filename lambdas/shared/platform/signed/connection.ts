// One service's endpoint over kept-alive connections: a request, its whole answer, and whether it was answered at all.
import http from 'node:http';
import https from 'node:https';

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Send {
  readonly method: string;
  /** With its query, percent-encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** No answer: the connection was lost, or none came in time. The service may have done what it was asked. */
export class LostAnswer extends Error {
  override readonly name = 'TimeoutError';
}

export interface Connection {
  readonly host: string;
  /** @throws LostAnswer, or the signal's reason */
  send(request: Send): Promise<Answer>;
}

export const openConnection = (endpoint: URL): Connection => {
  const client = endpoint.protocol === 'https:' ? https : http;
  const agent = new client.Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  const { port, host } = endpoint;
  // An address of IPv6 stands in brackets in a URL, and in none in a request.
  const hostname = endpoint.hostname.replace(/^\[|\]$/g, '');
  return {
    host,
    send: ({ method, path, headers, body, timeoutMs, signal }) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const request = client.request({ hostname, port, path, method, agent, headers: flat(headers, body) });
        const giveUp = () => {
          reject(signal?.reason);
          request.destroy();
        };
        const timer = setTimeout(() => {
          reject(new LostAnswer('no answer in time'));
          request.destroy();
        }, timeoutMs);
        signal?.addEventListener('abort', giveUp, { once: true });
        // An error is dear to make: one is made only where there is nobody to answer.
        let answered = false;
        request.on('response', (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', () => reject(new LostAnswer('the connection was lost')));
          response.on('end', () => {
            answered = true;
            const [first = Buffer.alloc(0)] = chunks;
            const all = chunks.length > 1 ? Buffer.concat(chunks) : first;
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: all });
          });
        });
        request.on('error', () => reject(new LostAnswer('the connection was lost')));
        request.on('close', () => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', giveUp);
          if (!answered) reject(new LostAnswer('the connection was lost'));
        });
        request.end(body);
      }),
  };
};

/** Names and values in turn: so Node writes them as they are, and keeps no table of them. */
const flat = (headers: Send['headers'], body: Send['body']): string[] => {
  const list: string[] = [];
  for (const name in headers) list.push(name, headers[name] ?? '');
  if (body !== undefined) list.push('content-length', String(Buffer.byteLength(body)));
  return list;
};

/** How environment variables name a service, where that is not how signatures do. */
const serviceIds: Readonly<Record<string, string>> = {
  'cognito-idp': 'COGNITO_IDENTITY_PROVIDER',
  secretsmanager: 'SECRETS_MANAGER',
};

/** The service's own endpoint of the region, or what the environment names for this service or for all. */
export const endpointOf = (
  service: string,
  region: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): URL =>
  new URL(
    env[`AWS_ENDPOINT_URL_${serviceIds[service] ?? service.toUpperCase()}`] ||
      env.AWS_ENDPOINT_URL ||
      `https://${service}.${region}.amazonaws.com`,
  );

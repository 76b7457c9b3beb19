// Calls the API over a bare socket: paths, methods and bodies go out as they are given, where `fetch` would tidy them.
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../../support/person.ts';

export interface RawCall {
  readonly method: string;
  /** As it is to stand in the request line, query included. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface RawAnswer extends Answer {
  /** Of the answer as it came: status, headers and body, for what must not be in it. */
  readonly text: string;
}

export type Caller = (call: RawCall) => Promise<RawAnswer>;

const TIMEOUT_MS = 60_000;
/** Who is told to slow down waits as told, this often at most. */
const MAX_WAITS = 60;

/** @returns the function that calls, and `close` for its connections */
export const rawCaller = (apiUrl: string): { readonly call: Caller; readonly close: () => void } => {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const { hostname, port } = new URL(apiUrl);
  const once = (call: RawCall) => send({ ...call, hostname, port, agent });
  return {
    call: async (call) => {
      for (let waits = 0; ; waits++) {
        const answer = await once(call);
        if (answer.status !== 429 || waits >= MAX_WAITS) return answer;
        await sleep(Number(answer.headers.get('retry-after') ?? 1) * 1000);
      }
    },
    close: () => agent.destroy(),
  };
};

const send = ({
  body,
  headers = {},
  ...where
}: RawCall & { readonly hostname: string; readonly port: string; readonly agent: Agent }) =>
  new Promise<RawAnswer>((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(body.length) };
    const going = request({ ...where, headers: { ...headers, ...length }, timeout: TIMEOUT_MS }, (came) => {
      const chunks: Buffer[] = [];
      came.on('data', (chunk: Buffer) => chunks.push(chunk));
      came.on('error', reject);
      came.on('end', () => resolve(toAnswer(came.statusCode ?? 0, came.rawHeaders, Buffer.concat(chunks))));
    });
    going.on('timeout', () => going.destroy(new Error(`no answer to ${where.method} ${where.path.slice(0, 200)}`)));
    going.on('error', reject);
    going.end(body);
  });

const toAnswer = (status: number, rawHeaders: readonly string[], bytes: Buffer): RawAnswer => {
  const headers = new Headers();
  for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '');
  const text = bytes.toString('utf8');
  return {
    status,
    headers,
    body: parseIfJson(headers, text) ?? bytes,
    text: `${status}\n${[...headers].map(([name, value]) => `${name}: ${value}`).join('\n')}\n\n${text}`,
  };
};

const parseIfJson = (headers: Headers, text: string): unknown => {
  if (!headers.get('content-type')?.includes('json') || text === '') return undefined;
  if (headers.has('inference-header-content-length')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

// Between deployed functions and the emulator, in a thread of its own: passes every request on unchanged, a port for each
// function, and writes down what it asked of IAM. Bodies stream through; only what tells a permission is kept meanwhile.
import { appendFileSync } from 'node:fs';
import { Agent, createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import * as z from 'zod';
import { type RecordedLine, Unknown } from '../../tools/privilege/need.ts';
import { needsOf } from '../../tools/privilege/needs-of.ts';
import { invokedBy, isForm, queryOf, type SeenRequest, signatureOf } from '../../tools/privilege/seen-request.ts';

export const recordingOptions = z.object({
  /** `http://127.0.0.1:<port>` of the emulator. */
  target: z.string(),
  functions: z.array(z.string()),
  template: z.string(),
  /** Lines are appended to it. */
  file: z.string(),
});
export type RecordingOptions = z.output<typeof recordingOptions>;

/** Requests larger than DynamoDB takes tell nothing more. */
const JSON_LIMIT_BYTES = 20 * 1_048_576;
/** A form's fields come before its file. */
const HEAD_LIMIT_BYTES = 65_536;
/** Answered to whoever asks, without credentials: keys of a user pool, and what people do to sign in. */
const openToAll = /^\/[\w-]+\/\.well-known\/jwks\.json$/;
const openOperations =
  /\.(SignUp|ConfirmSignUp|ResendConfirmationCode|InitiateAuth|RespondToAuthChallenge|ForgotPassword|ConfirmForgotPassword|RevokeToken|GetUser)$/;

class Recorder {
  readonly #file: string;
  readonly #seen = new Set<string>();
  /** Signature of a presigned address or form → the function that it was handed to. */
  readonly #handedTo = new Map<string, string>();
  #callCount = 0;

  constructor({ file, functions, template }: RecordingOptions) {
    this.#file = file;
    this.#write({ is: 'begin', template, functions });
  }

  record(signer: string, request: SeenRequest): void {
    this.#callCount++;
    try {
      this.#note(signer, request);
    } catch (fault) {
      const what = fault instanceof Unknown || fault instanceof z.ZodError ? fault.message : String(fault);
      this.#once({ is: 'unknown', signer, what: `${request.method} ${request.url.slice(0, 200)}: ${what}` });
    }
  }

  /** Before it is answered: what the invoked function fetches, it fetches while its caller waits. */
  sent({ url, body }: Pick<SeenRequest, 'url' | 'body'>): void {
    const invoked = invokedBy({ url })?.split(':')[0];
    if (!invoked) return;
    for (const [, one = ''] of body.matchAll(/X-Amz-Signature(?:=|":")([0-9a-f]{64})/g))
      this.#handedTo.set(one, invoked);
  }

  end(): void {
    this.#write({ is: 'end', callCount: this.#callCount });
  }

  #note(signer: string, request: SeenRequest): void {
    const signature = signatureOf(request);
    if (signature === 'none') {
      const isOpen = openToAll.test(request.url) || openOperations.test(String(request.headers['x-amz-target'] ?? ''));
      if (!isOpen) throw new Unknown('unsigned');
      return;
    }
    const from = signature === 'header' ? signer : this.#handedTo.get(signedAs(request));
    for (const need of needsOf(request)) this.#once({ is: 'need', signer, ...(from ? { from } : {}), need });
  }

  #once(line: RecordedLine): void {
    const text = JSON.stringify(line);
    if (this.#seen.has(text)) return;
    this.#seen.add(text);
    this.#write(line);
  }

  #write(line: RecordedLine): void {
    appendFileSync(this.#file, `${JSON.stringify(line)}\n`);
  }
}

/** The signature in a presigned address, or in a form. */
const signedAs = (request: SeenRequest): string =>
  queryOf(request).get('X-Amz-Signature') ??
  /name="x-amz-signature"\r\n\r\n([0-9a-f]{64})/i.exec(request.body)?.[1] ??
  '';

/** How much of a request's body is kept: all of a JSON request, the beginning of what names something in it. */
const keptBytes = (incoming: IncomingMessage): number => {
  if (incoming.headers['x-amz-target']) return JSON_LIMIT_BYTES;
  const seen = { method: '', url: incoming.url ?? '/', headers: incoming.headers, body: '', status: 0 };
  return isForm(seen) || invokedBy(seen) ? HEAD_LIMIT_BYTES : 0;
};

/** A message's headers as they came, but for those of the one connection. */
const passedOn = ({ rawHeaders }: IncomingMessage): string[] => {
  const headers: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    if (!/^(connection|keep-alive)$/i.test(name)) headers.push(name, value);
  }
  return headers;
};

interface Place {
  readonly target: URL;
  readonly agent: Agent;
  readonly recorder: Recorder;
}

/** Hands one request of a function on, and its answer back. */
const pass = (
  { target, agent, recorder }: Place,
  signer: string,
  { incoming, outgoing }: { incoming: IncomingMessage; outgoing: ServerResponse },
): void => {
  const { method = '', url = '/', headers } = incoming;
  const limit = keptBytes(incoming);
  const kept: Buffer[] = [];
  let keptCount = 0;
  const body = () => Buffer.concat(kept).subarray(0, limit).toString('utf8');
  incoming.on('data', (chunk: Buffer) => {
    if (keptCount >= limit) return;
    kept.push(chunk);
    keptCount += chunk.length;
  });
  incoming.on('end', () => recorder.sent({ url, body: body() }));
  const record = (status: number) => recorder.record(signer, { method, url, headers, body: body(), status });
  const { hostname: host, port } = target;
  const onward = send({ host, port, method, path: url, headers: passedOn(incoming), agent }, (answer) => {
    record(answer.statusCode ?? 0);
    outgoing.writeHead(answer.statusCode ?? 502, answer.statusMessage, passedOn(answer));
    answer.pipe(outgoing);
    answer.on('error', () => outgoing.destroy());
  });
  // A call counts, whatever becomes of it.
  onward.on('error', () => {
    if (!outgoing.headersSent) record(0);
    incoming.socket.destroy();
  });
  outgoing.on('close', () => onward.destroy());
  incoming.pipe(onward);
};

const listen = async (): Promise<void> => {
  const options = recordingOptions.parse(workerData);
  const recorder = new Recorder(options);
  const place = { target: new URL(options.target), agent: new Agent({ keepAlive: true }), recorder };
  const servers = await Promise.all(
    options.functions.map(async (name) => {
      const server = createServer((incoming, outgoing) => pass(place, name, { incoming, outgoing }));
      // Longer than clients keep theirs, so that none is closed under a request.
      server.keepAliveTimeout = 600_000;
      server.requestTimeout = 0;
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  parentPort?.on('message', () => {
    for (const server of servers) server.closeAllConnections();
    recorder.end();
    process.exit(0);
  });
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  parentPort?.postMessage(Object.fromEntries(options.functions.map((name, index) => [name, ports[index]])));
};

await listen();

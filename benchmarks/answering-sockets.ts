// The network, taken away from every client of this process alike: whoever opens a connection is answered by a function.
// What is left is what the client itself does.
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Duplex } from 'node:stream';

export interface StubRequest {
  /** Path and query. */
  readonly path: string;
  /** Header `x-amz-target`. */
  readonly target: string;
  readonly body: string;
}

/** @returns the body of an answer with status 200 */
export type Answering = (request: StubRequest) => string | Uint8Array;

const HEADER_END = '\r\n\r\n';

class AnsweringSocket extends Duplex {
  readonly #answer: Answering;
  #text = '';

  constructor(answer: Answering) {
    super();
    this.#answer = answer;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#text += chunk.toString('latin1');
    const end = this.#text.indexOf(HEADER_END);
    const length = Number(/content-length: (\d+)/i.exec(this.#text)?.[1] ?? 0);
    if (end >= 0 && this.#text.length >= end + HEADER_END.length + length) {
      const path = this.#text.split(' ', 2)[1] ?? '';
      const target = /x-amz-target: (\S+)/i.exec(this.#text)?.[1] ?? '';
      const body = this.#answer({ path, target, body: this.#text.slice(end + HEADER_END.length) });
      this.#text = '';
      const bytes = typeof body === 'string' ? Buffer.from(body) : body;
      const type = 'content-type: application/x-amz-json-1.0';
      const head = Buffer.from(`HTTP/1.1 200 OK\r\n${type}\r\ncontent-length: ${bytes.length}${HEADER_END}`);
      // An answer never comes within the call that asks.
      setImmediate(() => this.push(Buffer.concat([head, bytes])));
    }
    done();
  }

  // What clients ask of a socket beside reading and writing.
  setTimeout = () => this;
  setNoDelay = () => this;
  setKeepAlive = () => this;
  ref = () => this;
  unref = () => this;
}

const agents = [HttpAgent, HttpsAgent].map(({ prototype }) => prototype as { createConnection?: unknown });

/** For all connections of this process that are opened from now on. @returns gives the network back */
export const answeringSockets = (answer: Answering): (() => void) => {
  const own = agents.map(({ createConnection }) => createConnection);
  for (const agent of agents) agent.createConnection = () => new AnsweringSocket(answer);
  return () => {
    agents.forEach((agent, index) => {
      agent.createConnection = own[index];
    });
  };
};

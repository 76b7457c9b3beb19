// The network, taken away from every client of this process alike: whoever opens a connection gets one that answers each
// request with the same canned bytes. What is left is what the client itself does.
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Duplex } from 'node:stream';

const HEADER_END = '\r\n\r\n';

class CannedSocket extends Duplex {
  readonly #answer: Buffer;
  readonly #sent: (body: string) => void;
  #text = '';

  constructor(answer: Buffer, sent: (body: string) => void) {
    super();
    this.#answer = answer;
    this.#sent = sent;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#text += chunk.toString('latin1');
    const end = this.#text.indexOf(HEADER_END);
    const length = Number(/content-length: (\d+)/i.exec(this.#text)?.[1] ?? 0);
    if (end >= 0 && this.#text.length >= end + HEADER_END.length + length) {
      this.#sent(this.#text.slice(end + HEADER_END.length));
      this.#text = '';
      // An answer never comes within the call that asks.
      setImmediate(() => this.push(this.#answer));
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

/**
 * For all connections of this process that are opened from now on.
 * @param answer - status line, headers and body
 * @param sent - told the body of every request, in latin1
 * @returns gives the network back
 */
export const cannedSockets = (answer: string, sent: (body: string) => void): (() => void) => {
  const bytes = Buffer.from(answer, 'latin1');
  const own = agents.map(({ createConnection }) => createConnection);
  for (const agent of agents) agent.createConnection = () => new CannedSocket(bytes, sent);
  return () => {
    agents.forEach((agent, index) => {
      agent.createConnection = own[index];
    });
  };
};

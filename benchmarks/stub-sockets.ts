// The network, taken away from every client of this process alike: whoever opens a connection is answered by a function.
// What is left is what the client itself does.
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Duplex } from 'node:stream';

export const HEADER_END = '\r\n\r\n';

/** Given a whole request in latin1 and where its body begins. @returns the answer: status line, headers and body */
export type StubAnswer = (request: string, bodyAt: number) => Uint8Array;

class StubSocket extends Duplex {
  readonly #answer: StubAnswer;
  #text = '';

  constructor(answer: StubAnswer) {
    super();
    this.#answer = answer;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#text += chunk.toString('latin1');
    const end = this.#text.indexOf(HEADER_END);
    const bodyAt = end + HEADER_END.length;
    const length = Number(/content-length: (\d+)/i.exec(this.#text)?.[1] ?? 0);
    if (end >= 0 && this.#text.length >= bodyAt + length) {
      const answer = this.#answer(this.#text, bodyAt);
      this.#text = '';
      // An answer never comes within the call that asks.
      setImmediate(() => this.push(answer));
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
export const stubSockets = (answer: StubAnswer): (() => void) => {
  const own = agents.map(({ createConnection }) => createConnection);
  for (const agent of agents) agent.createConnection = () => new StubSocket(answer);
  return () => {
    agents.forEach((agent, index) => {
      agent.createConnection = own[index];
    });
  };
};

// The network, answered by a function that is told what is asked, and gives the body alone.
import { HEADER_END, stubSockets } from './stub-sockets.ts';

export interface StubRequest {
  /** Path and query. */
  readonly path: string;
  /** Header `x-amz-target`. */
  readonly target: string;
  readonly body: string;
}

/** @returns the body of an answer with status 200 */
export type Answering = (request: StubRequest) => string | Uint8Array;

/** For all connections of this process that are opened from now on. @returns gives the network back */
export const answeringSockets = (answer: Answering): (() => void) =>
  stubSockets((text, bodyAt) => {
    const path = text.split(' ', 2)[1] ?? '';
    const target = /x-amz-target: (\S+)/i.exec(text)?.[1] ?? '';
    const body = answer({ path, target, body: text.slice(bodyAt) });
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const type = 'content-type: application/x-amz-json-1.0';
    const head = Buffer.from(`HTTP/1.1 200 OK\r\n${type}\r\ncontent-length: ${bytes.length}${HEADER_END}`);
    return Buffer.concat([head, bytes]);
  });

// Streams a presigned URL's body into another process, hashing on the way. Plain HTTP: the smoke function has no
// credentials to use, and may reach nothing else.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Writable } from 'node:stream';
import type { Download } from '../ports.ts';

/** A silent connection is given up after this. */
const IDLE_MS = 20_000;

/** @throws Error when the URL does not answer 200: its caller signed it, so that is ours */
export const downloadModel = async (url: string, limitBytes: number, into: Writable): Promise<Download> => {
  const answer = await get(url);
  const hash = createHash('sha256');
  let sizeBytes = 0;
  try {
    for await (const chunk of answer) {
      if (!(chunk instanceof Uint8Array)) throw new Error('the model must come as bytes');
      sizeBytes += chunk.length;
      if (sizeBytes > limitBytes) return { state: 'too_large' };
      hash.update(chunk);
      if (into.destroyed || !(await written(into, chunk))) return { state: 'closed' };
    }
  } finally {
    answer.destroy();
  }
  return { state: 'done', sha256: hash.digest('hex'), sizeBytes };
};

const get = (url: string) =>
  new Promise<IncomingMessage>((resolve, reject) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest;
    const request = send(url, { timeout: IDLE_MS }, (answer) => {
      if (answer.statusCode === 200) return resolve(answer);
      answer.destroy();
      reject(new Error(`the model's URL must answer 200, got ${answer.statusCode}`));
    });
    request.on('timeout', () => request.destroy(new Error(`the model's URL was silent for ${IDLE_MS} ms`)));
    request.on('error', reject);
    request.end();
  });

/** @returns false when the receiver has gone */
const written = async (into: Writable, chunk: Uint8Array): Promise<boolean> => {
  if (into.write(chunk)) return true;
  const gone = new AbortController();
  try {
    return await Promise.race([
      once(into, 'drain', { signal: gone.signal }).then(() => true),
      once(into, 'close', { signal: gone.signal }).then(() => false),
    ]);
  } catch {
    return false;
  } finally {
    gone.abort();
  }
};

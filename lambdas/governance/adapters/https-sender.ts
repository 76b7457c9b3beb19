// Calls a customer's URL, which may be anybody's: only public addresses, and the very ones that were looked at; no
// redirect is followed, no connection kept, no more waited for and read than is worth it.
import { promises as dns, type LookupAddress } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isPublicAddress } from '../domain/public-address.ts';
import { retryAfterMs } from '../domain/retry-after.ts';
import { hostOf, isAddress } from '../domain/webhook-url.ts';
import type { SendOutcome, WebhookSender } from '../ports.ts';

export interface SenderOptions {
  /** Hosts that may be called though they are not public: a stage's setting. */
  readonly privateHosts: readonly string[];
  /** For the whole of it, the name's resolution too. @default 10 s */
  readonly timeoutMs?: number;
  /** @default the system's resolver */
  readonly resolve?: (host: string) => Promise<readonly LookupAddress[]>;
}

const DEFAULT_TIMEOUT_MS = 10_000;
/** What of an answer is read; the status is what counts. */
const READ_BYTES = 4096;
/** What of it is kept. */
const KEPT_CHARACTERS = 512;

const systemResolve = (host: string) => dns.lookup(host, { all: true, order: 'verbatim' });

/** What lies with the receiver, in words for the webhook's owner. */
class Unreachable extends Error {}

export const httpsSender = ({
  privateHosts,
  timeoutMs = DEFAULT_TIMEOUT_MS,
  resolve = systemResolve,
}: SenderOptions): WebhookSender => ({
  send: async (message) => {
    const startedAt = performance.now();
    const signal = AbortSignal.timeout(timeoutMs);
    const outcome = (answer: Partial<SendOutcome>): SendOutcome => ({
      status: undefined,
      error: undefined,
      response: undefined,
      retryAfterMs: undefined,
      ...answer,
      durationMs: Math.round(performance.now() - startedAt),
    });
    try {
      const url = new URL(message.url);
      const addresses = await withinTime(signal, allowedAddresses(url, privateHosts, resolve));
      return outcome(await call(url, addresses, message, signal));
    } catch (fault) {
      if (signal.aborted) return outcome({ error: `no answer within ${timeoutMs / 1000} seconds` });
      return outcome({ error: fault instanceof Unreachable ? fault.message : wordsFor(fault) });
    }
  },
});

/** @throws Unreachable when any of the host's addresses is none of the public internet */
const allowedAddresses = async (
  url: URL,
  privateHosts: readonly string[],
  resolve: NonNullable<SenderOptions['resolve']>,
): Promise<readonly LookupAddress[]> => {
  const host = hostOf(url);
  const found = isAddress(host) ? [{ address: host, family: host.includes(':') ? 6 : 4 }] : await resolve(host);
  if (found.length === 0) throw new Unreachable('the host has no address');
  if (privateHosts.includes(host)) return found;
  if (url.protocol !== 'https:') throw new Unreachable('the URL must begin with https://');
  if (!found.every(({ address }) => isPublicAddress(address)))
    throw new Unreachable('the host has an address that is not of the public internet');
  return found;
};

const withinTime = <T>(signal: AbortSignal, promise: Promise<T>): Promise<T> =>
  new Promise((settle, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    promise.then(settle, reject);
  });

/** Answers with what was looked at, so that a name that resolves differently a moment later gains nothing. */
const pinned =
  (addresses: readonly LookupAddress[]): LookupFunction =>
  (_host, { all }, callback) => {
    const [first] = addresses;
    if (!first) return callback(new Error('no address'), '', 4);
    if (all) return callback(null, [...addresses]);
    callback(null, first.address, first.family);
  };

const call = (
  url: URL,
  addresses: readonly LookupAddress[],
  { headers, body }: Parameters<WebhookSender['send']>[0],
  signal: AbortSignal,
): Promise<Partial<SendOutcome>> =>
  new Promise((settle, reject) => {
    const bytes = Buffer.from(body);
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': bytes.length, connection: 'close' },
      // A connection that is kept would be used again for a name whose address nobody looked at.
      agent: false,
      lookup: pinned(addresses),
      maxHeaderSize: 16_384,
      signal,
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const status = response.statusCode ?? 0;
      const redirected = status >= 300 && status < 400;
      const answer = {
        status,
        error: redirected ? 'redirects are not followed: change the webhook’s url' : undefined,
        retryAfterMs:
          status === 429 || status === 503 ? retryAfterMs(response.headers['retry-after'], Date.now()) : undefined,
      };
      const chunks: Buffer[] = [];
      let read = 0;
      const end = () => {
        settle({ ...answer, response: excerpt(Buffer.concat(chunks)) });
        response.destroy();
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        read += chunk.length;
        if (read >= READ_BYTES) end();
      });
      // The status has come: what fails after it changes nothing.
      request.off('error', reject).on('error', end);
      response.on('end', end);
      response.on('error', end);
      response.on('close', end);
    });
    request.end(bytes);
  });

/** Text without what steers a terminal or a page's layout. */
const excerpt = (bytes: Buffer): string | undefined => {
  const text = bytes
    .subarray(0, READ_BYTES)
    .toString('utf8')
    .replace(/\p{C}+/gu, ' ')
    .trim()
    .slice(0, KEPT_CHARACTERS);
  return text === '' ? undefined : text;
};

const known: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the host’s name is not known',
  ENODATA: 'the host has no address',
  EAI_AGAIN: 'the host’s name could not be looked up',
  ECONNREFUSED: 'the host refuses connections',
  ECONNRESET: 'the host ended the connection',
  EPIPE: 'the host ended the connection',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the host cannot be reached',
  ETIMEDOUT: 'the host cannot be reached',
  CERT_HAS_EXPIRED: 'the host’s certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the host’s certificate is for another name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the host’s certificate is not of a known authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'the host’s certificate is not of a known authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the host’s certificate comes without the ones that vouch for it',
};

const wordsFor = (fault: unknown): string => {
  const code = fault instanceof Error && 'code' in fault ? String(fault.code) : '';
  return known[code] ?? (/SSL|TLS|CERT/.test(code) ? 'no secure connection could be made' : 'the call failed');
};

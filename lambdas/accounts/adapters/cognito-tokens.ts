// Access tokens of the user pool, checked against its published signing keys.
import { get } from 'node:http';
import { CognitoJwtVerifier } from 'aws-jwt-verify';
import {
  FetchError,
  JwksValidationError,
  JwtBaseError,
  JwtExpiredError,
  WaitPeriodNotYetEndedJwkError,
} from 'aws-jwt-verify/error';
import { type Fetcher, SimpleFetcher } from 'aws-jwt-verify/https';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import * as z from 'zod/mini';
import { DomainError } from '../../shared/kernel/errors.ts';
import type { AccountsEnv } from '../contract.ts';
import type { TokenVerifier } from '../ports.ts';

const FETCH_TIMEOUT_MS = 3_000;
const MAX_JWKS_BYTES = 65_536;
const MAX_TOKEN_LENGTH = 8_192;

const claims = z.object({
  // Any 128 bits written as a UUID: Cognito does not promise the version and variant bits of RFC 9562.
  sub: z.guid(),
  username: z.string().check(z.minLength(1)),
  exp: z.number(),
  'cognito:groups': z._default(z.array(z.string()), []),
});

export const cognitoTokens = (env: Omit<AccountsEnv, 'ACCOUNTS_TABLE'>): TokenVerifier => {
  const fetcher = watched(env.AWS_ENDPOINT_URL ? fetcherAt(env.AWS_ENDPOINT_URL) : new SimpleFetcher());
  const verifier = CognitoJwtVerifier.create(
    { userPoolId: env.USER_POOL_ID, clientId: env.USER_POOL_CLIENT_ID, tokenUse: 'access' },
    { jwksCache: new SimpleJwksCache({ fetcher }) },
  );
  return {
    verify: async (token) => {
      if (token.length > MAX_TOKEN_LENGTH) throw refused('it is too long');
      try {
        const parsed = claims.safeParse(await verifier.verify(token));
        if (!parsed.success) throw refused('it lacks claims of an access token of this pool');
        const { sub, username, exp } = parsed.data;
        return { sub, username, groups: parsed.data['cognito:groups'], expiresAtMs: exp * 1000 };
      } catch (fault) {
        throw explain(fault, fetcher.failed());
      }
    },
  };
};

const refused = (why: string) =>
  new DomainError('unauthenticated', 'invalid_token', `the access token is not accepted: ${why}`);

/** The library's refusals are the caller's fault, but for signing keys that could not be fetched. */
const explain = (fault: unknown, keysUnreachable: boolean): unknown => {
  if (!(fault instanceof JwtBaseError)) return fault;
  const waiting = fault instanceof WaitPeriodNotYetEndedJwkError;
  if (fault instanceof FetchError || fault instanceof JwksValidationError || (waiting && keysUnreachable)) {
    return new DomainError('unavailable', 'unavailable', 'the signing keys of the user pool cannot be read now', {
      headers: { 'retry-after': '2' },
    });
  }
  if (fault instanceof JwtExpiredError) return refused('it has expired');
  return refused('it must be a valid access token that this user pool issued to this client');
};

/** Remembers whether the last fetch failed: the library's back-off does not tell why it waits. */
const watched = (fetcher: Fetcher): Fetcher & { failed: () => boolean } => {
  let failed = false;
  return {
    failed: () => failed,
    fetch: async (...request) => {
      failed = true;
      const answer = await fetcher.fetch(...request);
      failed = false;
      return answer;
    },
  };
};

/** Reads the same path from another origin: the emulator's. `node:http`, since `fetch` costs tens of ms to load. */
const fetcherAt = (endpoint: string): Fetcher => ({
  fetch: (uri) =>
    new Promise((resolve, reject) => {
      const url = new URL(new URL(uri).pathname, endpoint);
      const fail = (why: string) => reject(new FetchError(url.href, why));
      const request = get(url, { timeout: FETCH_TIMEOUT_MS }, (answer) => {
        const chunks: Buffer[] = [];
        let byteCount = 0;
        answer.on('data', (chunk: Buffer) => {
          byteCount += chunk.length;
          if (byteCount > MAX_JWKS_BYTES) request.destroy(new Error('the answer is too large'));
          else chunks.push(chunk);
        });
        answer.on('error', (fault) => fail(fault.message));
        answer.on('end', () => {
          if (answer.statusCode !== 200) fail(`status ${answer.statusCode}`);
          else resolve(new Uint8Array(Buffer.concat(chunks)).buffer);
        });
      });
      request.on('timeout', () => request.destroy(new Error('no answer in time')));
      request.on('error', (fault) => fail(fault.message));
    }),
});

// Who calls, and whether they may: the use case behind gateway.ts, its ports given.
//
//   Bearer aim_… ─► key text ─► secret (by key id, SHA-256 compared) ─► key + maker's role ─┐
//   Bearer <jwt> ─► signature, use, client ─► person + role in the chosen account ──────────┴─► Caller ─► permission
//
// What was found is kept at most 60 s under the credential's hash, which is what bounds revocation. A key's expiry and
// address are looked at on every call.
import { hash, timingSafeEqual } from 'node:crypto';
import { DomainError } from '../shared/kernel/errors.ts';
import { isId } from '../shared/kernel/ids.ts';
import type { Authenticate, Caller, Credentials } from '../shared/platform/caller.ts';
import { newId } from '../shared/platform/new-id.ts';
import { OPERATORS_GROUP } from './contract.ts';
import { authorize, authorizeOperator, knownPermission } from './domain/authorize.ts';
import { BoundedCache } from './domain/bounded-cache.ts';
import { KEY_PREFIX, keyIdOf } from './domain/key-text.ts';
import { limitsOf } from './domain/limits-of.ts';
import { unknownKey } from './domain/unknown-key.ts';
import { toUserId } from './domain/user-id.ts';
import type {
  AccountStore,
  ApiKey,
  Directory,
  IpRanges,
  KeyStore,
  Member,
  TokenVerifier,
  VerifiedToken,
} from './ports.ts';

export interface AuthenticatePorts {
  readonly accounts: AccountStore;
  readonly keys: KeyStore;
  readonly tokens: TokenVerifier;
  readonly directory: Directory;
  readonly ipRanges: IpRanges;
}

const KNOWN_MS = 60_000;
const REFUSED_MS = 5_000;
const KNOWN_COUNT = 5_000;
/** Apart, so that a flood of wrong credentials pushes out nobody who is known. */
const REFUSED_COUNT = 2_000;
/** Where a publisher without a handle fails: a handle set a moment ago elsewhere must count. */
const NEEDS_HANDLE: ReadonlySet<string> = new Set(['models:write', 'models:publish', 'models:price']);

interface Known {
  readonly caller: Caller;
  /** Only for a key. */
  readonly key: ApiKey | undefined;
}

/** The `Authenticate` of every API function. */
export const authenticateWith = (ports: AuthenticatePorts): Authenticate => {
  const known = new BoundedCache<Known>(KNOWN_COUNT);
  const refused = new BoundedCache<DomainError>(REFUSED_COUNT);

  const look = async (bearer: string, accountId: string | undefined, fresh: boolean, nowMs: number) => {
    const isKey = bearer.startsWith(KEY_PREFIX);
    const bearerSha256 = sha256(bearer);
    const cacheKey = isKey ? bearerSha256 : `${bearerSha256} ${accountId === undefined ? 'own' : sha256(accountId)}`;
    const cached = fresh ? undefined : known.get(cacheKey, nowMs);
    if (cached) return cached;
    const refusal = refused.get(bearerSha256, nowMs);
    if (refusal) throw refusal;
    try {
      const { found, untilMs } = isKey
        ? { found: await lookUpKey(ports, bearer, bearerSha256), untilMs: nowMs + KNOWN_MS }
        : await lookUpToken(ports, bearer, accountId, nowMs);
      known.set(cacheKey, found, untilMs);
      return found;
    } catch (fault) {
      // Only what is wrong with the credential itself: the rest may be mended the next moment.
      if (fault instanceof DomainError && fault.kind === 'unauthenticated') {
        refused.set(bearerSha256, fault, nowMs + REFUSED_MS);
      }
      throw fault;
    }
  };

  return async (credentials, need, nowMs, whenKnown) => {
    const bearer = readBearer(credentials.authorization);
    if (bearer === undefined) {
      if (need.auth === 'optional') return undefined;
      throw new DomainError(
        'unauthenticated',
        'unauthenticated',
        "'authorization' must be 'Bearer <token>', got nothing",
      );
    }
    const permission = need.permission === undefined ? undefined : knownPermission(need.permission);
    if (need.auth === 'required' && !permission)
      throw new Error("a route with auth 'required' must name its permission");

    let found = await look(bearer, credentials.accountId, false, nowMs);
    if (found.caller.handle === undefined && permission && NEEDS_HANDLE.has(permission)) {
      found = await look(bearer, credentials.accountId, true, nowMs);
    }
    // Before all that may refuse the call: who is known is counted, an expired key and one from a wrong address too.
    await whenKnown?.(found.caller);
    if (found.key) checkKey(found.key, credentials, ports.ipRanges, nowMs);
    if (need.auth === 'operator') authorizeOperator(found.caller);
    if (permission) authorize(found.caller, permission);
    return found.caller;
  };
};

const sha256 = (text: string) => hash('sha256', text);

const readBearer = (authorization: string | undefined): string | undefined => {
  if (authorization === undefined) return undefined;
  const match = /^bearer +([^\s,]+) *$/i.exec(authorization);
  if (match?.[1]) return match[1];
  throw new DomainError(
    'unauthenticated',
    'unauthenticated',
    "'authorization' must be 'Bearer <access token or API key>', got something else",
  );
};

const lookUpKey = async (ports: AuthenticatePorts, text: string, textSha256: string): Promise<Known> => {
  const keyId = keyIdOf(text);
  const secret = keyId === undefined ? undefined : await ports.keys.findSecret(keyId);
  if (keyId === undefined || !secret) throw unknownKey();
  if (!timingSafeEqual(Buffer.from(secret.secretSha256, 'hex'), Buffer.from(textSha256, 'hex'))) throw unknownKey();
  const [key, person] = await Promise.all([
    ports.keys.find(secret.accountId, keyId),
    ports.accounts.findMember(secret.userId, secret.accountId),
  ]);
  // A key can do no more than its maker, so it ends with the maker's membership.
  if (!key || key.revokedAtMs !== undefined || !person?.member) throw unknownKey();
  const { account, role } = person.member;
  const caller: Caller = {
    accountId: account.accountId,
    handle: account.handle,
    userId: secret.userId,
    role,
    operator: false,
    via: 'key',
    keyId,
    scopes: key.scopes,
    models: key.models,
    ...limitsOf(account),
  };
  return { caller, key };
};

/** What holds for this very call: life, address, and the account it names. */
const checkKey = (key: ApiKey, credentials: Credentials, ipRanges: IpRanges, nowMs: number) => {
  if (key.keyExpiresAtMs !== undefined && key.keyExpiresAtMs <= nowMs) {
    throw new DomainError(
      'unauthenticated',
      'invalid_key',
      `the API key expired at ${new Date(key.keyExpiresAtMs).toISOString()}`,
    );
  }
  const from = credentials.sourceIp;
  if (key.cidrs && !(from !== undefined && ipRanges.contain(key.cidrs, from))) {
    throw new DomainError(
      'forbidden',
      'permission_denied',
      `the API key must be used from ${key.cidrs.join(', ')}, got ${from ?? 'an unknown address'}`,
    );
  }
  if (credentials.accountId !== undefined && credentials.accountId !== key.accountId) throw noAccount();
};

const noAccount = () =>
  new DomainError('not_found', 'account_not_found', "'x-aimass-account' must be an account you belong to");

const lookUpToken = async (
  ports: AuthenticatePorts,
  token: string,
  accountId: string | undefined,
  nowMs: number,
): Promise<{ found: Known; untilMs: number }> => {
  if (accountId !== undefined && !isId('acc', accountId)) throw noAccount();
  const verified = await ports.tokens.verify(token);
  const person = await findOrMake(ports, verified, accountId, nowMs);
  if (!person.member) throw noAccount();
  const { account, role } = person.member;
  const caller: Caller = {
    accountId: account.accountId,
    handle: account.handle,
    userId: person.user.userId,
    role,
    operator: verified.groups.includes(OPERATORS_GROUP),
    via: 'token',
    keyId: undefined,
    scopes: undefined,
    models: undefined,
    ...limitsOf(account),
  };
  return { found: { caller, key: undefined }, untilMs: Math.min(nowMs + KNOWN_MS, verified.expiresAtMs) };
};

/** The first authenticated call makes the personal account; of many at once, one makes it and the others find it. */
const findOrMake = async (
  ports: AuthenticatePorts,
  verified: VerifiedToken,
  accountId: string | undefined,
  nowMs: number,
): Promise<Member> => {
  const userId = toUserId(verified.sub);
  const there = await ports.accounts.findMember(userId, accountId);
  if (there) return there;
  const entry = await ports.directory.find(verified.username);
  if (!entry) {
    throw new DomainError('unauthenticated', 'invalid_token', 'the access token belongs to nobody who is signed up');
  }
  if (entry.email === undefined || !entry.emailVerified) {
    throw new DomainError(
      'forbidden',
      'email_not_verified',
      'the e-mail address must be verified before the first call',
    );
  }
  await ports.accounts.createPersonal({ userId, email: entry.email, accountId: newId('acc', nowMs), nowMs });
  const made = await ports.accounts.findMember(userId, accountId);
  if (!made) throw new Error('a personal account was made, but cannot be read');
  return made;
};

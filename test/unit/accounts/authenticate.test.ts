import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { ipRanges } from '../../../lambdas/accounts/adapters/ip-ranges.ts';
import { type AuthenticatePorts, authenticateWith } from '../../../lambdas/accounts/authenticate.ts';
import { planLimits } from '../../../lambdas/accounts/contract.ts';
import { keyText } from '../../../lambdas/accounts/domain/key-text.ts';
import { toUserId } from '../../../lambdas/accounts/domain/user-id.ts';
import type { Account, ApiKey, User, VerifiedToken } from '../../../lambdas/accounts/ports.ts';
import { DomainError } from '../../../lambdas/shared/kernel/errors.ts';
import type { Authenticate, MemberRole } from '../../../lambdas/shared/platform/caller.ts';

const NOW = Date.UTC(2026, 10, 23, 20, 46);
const SUB = '5f0f2c1a-8d1e-4c55-9f0b-0d3a1c2b4e5f';
const USER = toUserId(SUB);
const ACCOUNT = 'acc_01JDA8Z5V4W1T4E5R6T7Y8V9P0';
const OTHER = 'acc_01JDA8Z5V4W1T4E5R6T7Y8V9P1';
const KEY = 'key_01JDA8Z5V4W1T4E5R6T7Y8V9P0';
const text = keyText(KEY, new Uint8Array(32).fill(7));
const read = { auth: 'required', permission: 'account:read' } as const;

/** What stands in the stores; tests change it, and count how often it is looked at. */
interface World {
  users: Map<string, User>;
  accounts: Map<string, Account>;
  roles: Map<string, MemberRole>;
  keys: Map<string, ApiKey>;
  people: Map<string, { email: string | undefined; emailVerified: boolean }>;
  token: () => VerifiedToken;
  lookUps: number;
}

let world: World;
let authenticate: Authenticate;

const times = { revision: 1, createdAtMs: NOW, updatedAtMs: NOW };
const account = (accountId: string): Account => ({
  accountId,
  kind: 'personal',
  handle: undefined,
  plan: 'free',
  ...times,
});

const portsOf = (w: World): AuthenticatePorts => ({
  accounts: {
    findAccount: async (id) => w.accounts.get(id),
    findByHandle: async () => undefined,
    findMember: async (userId, accountId) => {
      w.lookUps++;
      const user = w.users.get(userId);
      if (!user) return undefined;
      const chosen = accountId ?? user.personalAccountId;
      const role = w.roles.get(`${userId} ${chosen}`);
      const found = w.accounts.get(chosen);
      return { user, member: role && found ? { role, account: found } : undefined };
    },
    createPersonal: async ({ userId, email, accountId }) => {
      if (w.users.has(userId)) return false;
      const personal = { displayName: undefined, locale: 'en', personalAccountId: accountId } as const;
      w.users.set(userId, { userId, email, ...personal, ...times });
      w.accounts.set(accountId, account(accountId));
      w.roles.set(`${userId} ${accountId}`, 'owner');
      return true;
    },
    update: async () => 'updated',
    listAccounts: async () => ({ items: [], last: undefined }),
  },
  keys: {
    findSecret: async (keyId) => {
      w.lookUps++;
      if (!w.keys.has(keyId)) return undefined;
      return { accountId: ACCOUNT, userId: USER, secretSha256: createHash('sha256').update(text).digest('hex') };
    },
    find: async (_, keyId) => w.keys.get(keyId),
    create: async () => ({ outcome: 'created' }),
    list: async () => ({ items: [], last: undefined }),
    revoke: async () => true,
  },
  tokens: {
    verify: async () => {
      w.lookUps++;
      return w.token();
    },
  },
  directory: { find: async (username) => w.people.get(username) },
  ipRanges,
});

const aKey = (changes: Partial<ApiKey> = {}): ApiKey => ({
  keyId: KEY,
  accountId: ACCOUNT,
  userId: USER,
  name: 'k',
  scopes: ['infer'],
  models: undefined,
  cidrs: undefined,
  keyExpiresAtMs: undefined,
  revokedAtMs: undefined,
  createdAtMs: NOW,
  updatedAtMs: NOW,
  ...changes,
});

const aToken = (changes: Partial<VerifiedToken> = {}): VerifiedToken => ({
  sub: SUB,
  username: 'ada',
  groups: [],
  expiresAtMs: NOW + 3_600_000,
  ...changes,
});

const bearer = (token: string, more: { accountId?: string; sourceIp?: string } = {}) => ({
  authorization: `Bearer ${token}`,
  accountId: more.accountId,
  sourceIp: more.sourceIp ?? '203.0.113.7',
});

beforeEach(async () => {
  world = {
    users: new Map(),
    accounts: new Map(),
    roles: new Map(),
    keys: new Map([[KEY, aKey()]]),
    people: new Map([['ada', { email: 'ada@example.com', emailVerified: true }]]),
    token: aToken,
    lookUps: 0,
  };
  const ports = portsOf(world);
  await ports.accounts.createPersonal({ userId: USER, email: 'ada@example.com', accountId: ACCOUNT, nowMs: NOW });
  authenticate = authenticateWith(ports);
});

describe('without credentials', () => {
  it('is nobody where nobody is allowed, and 401 elsewhere', async () => {
    const none = { authorization: undefined, accountId: undefined, sourceIp: undefined };
    expect(await authenticate(none, { auth: 'optional', permission: 'models:read' }, NOW)).toBeUndefined();
    await expect(authenticate(none, read, NOW)).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(authenticate(none, { auth: 'operator', permission: undefined }, NOW)).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  });

  it.each(['', 'Bearer', 'Bearer ', 'Basic YTpi', text, `Bearer ${text} ${text}`, `Bearer ${text}, Basic x`])(
    'refuses an unreadable header even where nobody is allowed: %j',
    async (authorization) => {
      const credentials = { authorization, accountId: undefined, sourceIp: undefined };
      await expect(
        authenticate(credentials, { auth: 'optional', permission: 'models:read' }, NOW),
      ).rejects.toMatchObject({
        code: 'unauthenticated',
      });
    },
  );
});

describe('an API key', () => {
  it('acts for its account, with its maker’s role and its own scopes', async () => {
    expect(await authenticate(bearer(text), read, NOW)).toEqual({
      accountId: ACCOUNT,
      handle: undefined,
      userId: USER,
      role: 'owner',
      operator: false,
      via: 'key',
      keyId: KEY,
      scopes: ['infer'],
      models: undefined,
    });
  });

  it('carries the limits that an operator set for its account, as far as they are set', async () => {
    const key = { calls: 5, windowSeconds: 1 };
    world.accounts.set(ACCOUNT, { ...account(ACCOUNT), limits: { key } });
    expect(await authenticate(bearer(text), read, NOW)).toMatchObject({
      limits: { key, account: planLimits.free.account },
    });
  });

  it('is known before it is decided whether it may, and only if it is a key of ours', async () => {
    const known: (string | undefined)[] = [];
    const noteKnown = async ({ keyId }: { keyId: string | undefined }) => {
      known.push(keyId);
    };
    const publish = { auth: 'required', permission: 'models:publish' } as const;
    world.roles.set(`${USER} ${ACCOUNT}`, 'viewer');
    await expect(authenticate(bearer(text), publish, NOW, noteKnown)).rejects.toMatchObject({
      code: 'permission_denied',
    });
    expect(known).toEqual([KEY]);
    const wrong = keyText(KEY, new Uint8Array(32).fill(8));
    await expect(authenticate(bearer(wrong), read, NOW, noteKnown)).rejects.toMatchObject({ code: 'invalid_key' });
    expect(known).toEqual([KEY]);
  });

  it('is known, and so counted, though it expired or comes from elsewhere or names another account', async () => {
    const refusals = [
      { key: { keyExpiresAtMs: NOW }, more: {}, code: 'invalid_key' },
      { key: { cidrs: ['203.0.113.0/24'] }, more: { sourceIp: '198.51.100.1' }, code: 'permission_denied' },
      { key: {}, more: { accountId: OTHER }, code: 'account_not_found' },
    ];
    for (const { key, more, code } of refusals) {
      world.keys.set(KEY, aKey(key));
      const fresh = authenticateWith(portsOf(world));
      const known: unknown[] = [];
      const noteKnown = async ({ keyId }: { keyId: string | undefined }) => void known.push(keyId);
      await expect(fresh(bearer(text, more), read, NOW, noteKnown)).rejects.toMatchObject({ code });
      expect(known).toEqual([KEY]);
      // Over the limit, that is what it is told.
      const full = async () => {
        throw new DomainError('too_many', 'rate_limited', 'come again in 1 s');
      };
      await expect(fresh(bearer(text, more), read, NOW, full)).rejects.toMatchObject({ code: 'rate_limited' });
    }
  });

  it('is accepted however the scheme is spelled', async () => {
    const credentials = { ...bearer(text), authorization: `bearer  ${text}` };
    expect(await authenticate(credentials, read, NOW)).toMatchObject({ keyId: KEY });
  });

  it('tells a stranger the same for unknown, wrong, malformed and revoked', async () => {
    const unknown = keyText('key_01JDA8Z5V4W1T4E5R6T7Y8V9ZZ', new Uint8Array(32));
    const wrong = keyText(KEY, new Uint8Array(32));
    const refusals = [];
    for (const attempt of [unknown, wrong, 'aim_malformed']) {
      refusals.push(await authenticate(bearer(attempt), read, NOW)?.catch((fault: unknown) => fault));
    }
    world.keys.set(KEY, aKey({ revokedAtMs: NOW - 1 }));
    refusals.push(await authenticate(bearer(text), read, NOW)?.catch((fault: unknown) => fault));
    const told = refusals.map((fault) => (fault instanceof DomainError ? `${fault.code} ${fault.message}` : 'none'));
    expect(new Set(told).size).toBe(1);
    expect(told[0]).toMatch(/^invalid_key /);
  });

  it('is looked up once a minute, so a revocation counts after 60 seconds at the latest', async () => {
    await authenticate(bearer(text), read, NOW);
    world.keys.set(KEY, aKey({ revokedAtMs: NOW + 1 }));
    const { lookUps } = world;
    expect(await authenticate(bearer(text), read, NOW + 59_999)).toBeDefined();
    expect(world.lookUps).toBe(lookUps);
    await expect(authenticate(bearer(text), read, NOW + 60_000)).rejects.toMatchObject({ code: 'invalid_key' });
  });

  it('is refused from memory for five seconds once it was refused', async () => {
    world.keys.clear();
    await expect(authenticate(bearer(text), read, NOW)).rejects.toMatchObject({ code: 'invalid_key' });
    const { lookUps } = world;
    await expect(authenticate(bearer(text), read, NOW + 4_999)).rejects.toMatchObject({ code: 'invalid_key' });
    expect(world.lookUps).toBe(lookUps);
    world.keys.set(KEY, aKey());
    expect(await authenticate(bearer(text), read, NOW + 5_000)).toBeDefined();
  });

  it('ends at its time to the millisecond, though it is remembered', async () => {
    world.keys.set(KEY, aKey({ keyExpiresAtMs: NOW + 1_000 }));
    expect(await authenticate(bearer(text), read, NOW + 999)).toBeDefined();
    await expect(authenticate(bearer(text), read, NOW + 1_000)).rejects.toThrow('expired at 2026-11-23T20:46:01.000Z');
  });

  it('counts only from its address ranges, on every call', async () => {
    world.keys.set(KEY, aKey({ cidrs: ['203.0.113.0/24'] }));
    expect(await authenticate(bearer(text), read, NOW)).toBeDefined();
    await expect(authenticate(bearer(text, { sourceIp: '198.51.100.1' }), read, NOW)).rejects.toMatchObject({
      code: 'permission_denied',
      message: expect.stringContaining('198.51.100.1'),
    });
    const unknown = { ...bearer(text), sourceIp: undefined };
    await expect(authenticate(unknown, read, NOW)).rejects.toMatchObject({ code: 'permission_denied' });
  });

  it('may name its own account and no other', async () => {
    expect(await authenticate(bearer(text, { accountId: ACCOUNT }), read, NOW)).toBeDefined();
    for (const accountId of [OTHER, '', 'nonsense']) {
      await expect(authenticate(bearer(text, { accountId }), read, NOW)).rejects.toMatchObject({
        code: 'account_not_found',
      });
    }
  });

  it('can do no more than its maker can now', async () => {
    world.keys.set(KEY, aKey({ scopes: ['models:write'] }));
    world.roles.set(`${USER} ${ACCOUNT}`, 'viewer');
    await expect(
      authenticate(bearer(text), { auth: 'required', permission: 'models:write' }, NOW),
    ).rejects.toMatchObject({ code: 'permission_denied' });
    world.roles.clear();
    await expect(authenticateWith(portsOf(world))(bearer(text), read, NOW)).rejects.toMatchObject({
      code: 'invalid_key',
    });
  });

  it('carries the models that it is bound to', async () => {
    world.keys.set(KEY, aKey({ models: ['acme.iris'] }));
    expect(await authenticate(bearer(text), read, NOW)).toMatchObject({ models: ['acme.iris'] });
  });
});

describe('an access token', () => {
  it('makes an account for a person who has none, from the verified address', async () => {
    world.users.clear();
    world.accounts.clear();
    const caller = await authenticate(bearer('jwt'), read, NOW);
    expect(caller).toMatchObject({ userId: USER, role: 'owner', via: 'token', keyId: undefined, scopes: undefined });
    expect(world.users.get(USER)).toMatchObject({ email: 'ada@example.com', personalAccountId: caller?.accountId });
  });

  it.each([
    { entry: { email: 'ada@example.com', emailVerified: false }, code: 'email_not_verified' },
    { entry: { email: undefined, emailVerified: true }, code: 'email_not_verified' },
    { entry: undefined, code: 'invalid_token' },
  ])('makes none for $entry: $code', async ({ entry, code }) => {
    world.users.clear();
    world.people.clear();
    if (entry) world.people.set('ada', entry);
    await expect(authenticate(bearer('jwt'), read, NOW)).rejects.toMatchObject({ code });
    expect(world.users.size).toBe(0);
  });

  it('works at once after the address was verified: that refusal is not remembered', async () => {
    world.users.clear();
    world.people.set('ada', { email: 'ada@example.com', emailVerified: false });
    await expect(authenticate(bearer('jwt'), read, NOW)).rejects.toMatchObject({ code: 'email_not_verified' });
    world.people.set('ada', { email: 'ada@example.com', emailVerified: true });
    expect(await authenticate(bearer('jwt'), read, NOW + 1)).toBeDefined();
  });

  it('is remembered no longer than it lives', async () => {
    world.token = () => aToken({ expiresAtMs: NOW + 1_000 });
    await authenticate(bearer('jwt'), read, NOW);
    world.token = () => {
      throw new DomainError('unauthenticated', 'invalid_token', 'the access token has expired');
    };
    expect(await authenticate(bearer('jwt'), read, NOW + 999)).toBeDefined();
    await expect(authenticate(bearer('jwt'), read, NOW + 1_000)).rejects.toMatchObject({ code: 'invalid_token' });
  });

  it('remembers each chosen account apart', async () => {
    world.accounts.set(OTHER, account(OTHER));
    world.roles.set(`${USER} ${OTHER}`, 'viewer');
    for (let round = 0; round < 2; round++) {
      expect(await authenticate(bearer('jwt'), read, NOW)).toMatchObject({ accountId: ACCOUNT, role: 'owner' });
      expect(await authenticate(bearer('jwt', { accountId: OTHER }), read, NOW)).toMatchObject({
        accountId: OTHER,
        role: 'viewer',
      });
      for (const accountId of ['', 'nonsense', 'acc_01JDA8Z5V4W1T4E5R6T7Y8V9P2']) {
        await expect(authenticate(bearer('jwt', { accountId }), read, NOW)).rejects.toMatchObject({
          code: 'account_not_found',
        });
      }
    }
  });

  it('sees a handle set a moment ago where the handle decides', async () => {
    await authenticate(bearer('jwt'), read, NOW);
    world.accounts.set(ACCOUNT, { ...account(ACCOUNT), handle: 'acme' });
    expect(await authenticate(bearer('jwt'), read, NOW)).toMatchObject({ handle: undefined });
    const write = { auth: 'required', permission: 'models:write' } as const;
    expect(await authenticate(bearer('jwt'), write, NOW)).toMatchObject({ handle: 'acme' });
    const { lookUps } = world;
    await authenticate(bearer('jwt'), write, NOW);
    expect(world.lookUps).toBe(lookUps);
  });
});

describe('an operator', () => {
  const operators = { auth: 'operator', permission: undefined } as const;

  it('is who holds a token of the group', async () => {
    await expect(authenticate(bearer('jwt'), operators, NOW)).rejects.toMatchObject({ code: 'operator_only' });
    world.token = () => aToken({ groups: ['readers', 'operators'] });
    expect(await authenticate(bearer('another jwt'.replace(' ', '-')), operators, NOW)).toMatchObject({
      operator: true,
    });
  });

  it('is never a key', async () => {
    await expect(authenticate(bearer(text), operators, NOW)).rejects.toMatchObject({ code: 'operator_only' });
  });
});

it('fails loudly, and lets nobody through, when a route names no permission or an unknown one', async () => {
  await expect(authenticate(bearer(text), { auth: 'required', permission: undefined }, NOW)).rejects.toThrow(
    /permission/,
  );
  await expect(authenticate(bearer(text), { auth: 'required', permission: 'x:y' }, NOW)).rejects.toThrow(/x:y/);
});

// Accounts against the emulator: real sign-up, real tokens, real transactions.
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  CreateGroupCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  InitiateAuthCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamoKeys } from '../../lambdas/accounts/adapters/dynamo-keys.ts';
import { OPERATORS_GROUP } from '../../lambdas/accounts/contract.ts';
import { createAuthenticator } from '../../lambdas/accounts/gateway.ts';
import type { ApiKey } from '../../lambdas/accounts/ports.ts';
import { documentClient } from '../../lambdas/shared/platform/aws.ts';
import type { Authenticate } from '../../lambdas/shared/platform/caller.ts';
import { newId } from '../../lambdas/shared/platform/new-id.ts';
import { addOperator, listOperators, removeOperator } from '../../local/operator.ts';
import { createContextTable, startEmulator } from '../support/emulator.ts';
import { callHandler, type HttpCall } from '../support/http-event.ts';

const TABLE = 'aimass-test-accounts';
const PASSWORD = 'Correct-horse-7-battery';
const ACCOUNT = { auth: 'required', permission: 'account:read' } as const;

let emulator: Awaited<ReturnType<typeof startEmulator>>;
let cognito: CognitoIdentityProviderClient;
let userPoolId: string;
let clientId: string;
let authenticate: Authenticate;
let handler: unknown;

const fresh = () => createAuthenticator(env(), documentClient());
const env = () => ({
  ACCOUNTS_TABLE: TABLE,
  USER_POOL_ID: userPoolId,
  USER_POOL_CLIENT_ID: clientId,
  AWS_ENDPOINT_URL: emulator.endpoint,
});

const makeClient = async (poolId: string) => {
  const made = await cognito.send(
    new CreateUserPoolClientCommand({
      UserPoolId: poolId,
      ClientName: 'web',
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    }),
  );
  return made.UserPoolClient?.ClientId as string;
};

const makePool = async () => {
  const pool = await cognito.send(
    new CreateUserPoolCommand({ PoolName: 'people', UsernameAttributes: ['email'], AutoVerifiedAttributes: ['email'] }),
  );
  return pool.UserPool?.Id as string;
};

const signIn = async (email: string, client = clientId) => {
  const { AuthenticationResult } = await cognito.send(
    new InitiateAuthCommand({
      AuthFlow: 'USER_PASSWORD_AUTH',
      ClientId: client,
      AuthParameters: { USERNAME: email, PASSWORD },
    }),
  );
  return { access: AuthenticationResult?.AccessToken as string, id: AuthenticationResult?.IdToken as string };
};

let people = 0;
const join = async (client = clientId) => {
  const email = `person-${++people}@example.com`;
  await cognito.send(
    new SignUpCommand({
      ClientId: client,
      Username: email,
      Password: PASSWORD,
      UserAttributes: [{ Name: 'email', Value: email }],
    }),
  );
  await cognito.send(new ConfirmSignUpCommand({ ClientId: client, Username: email, ConfirmationCode: '123456' }));
  return { email, ...(await signIn(email, client)) };
};

const bearer = (token: string, accountId?: string) => ({
  authorization: `Bearer ${token}`,
  accountId,
  sourceIp: '203.0.113.7',
});

const call = (token: string, request: Omit<HttpCall, 'headers'> & { headers?: Record<string, string> }) =>
  callHandler(handler, { ...request, headers: { authorization: `Bearer ${token}`, ...request.headers } });

const itemsUnder = async (pk: string) =>
  (
    await documentClient().query({
      TableName: TABLE,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': pk },
    })
  ).Items ?? [];

const createdEvents = async () => {
  const shards = await Promise.all([0, 1, 2, 3].map((shard) => itemsUnder(`outbox#${shard}`)));
  return shards.flat().map((item) => ({ type: item.detailType, ...JSON.parse(item.detail) }));
};

beforeAll(async () => {
  emulator = await startEmulator();
  Object.assign(process.env, emulator.env);
  cognito = new CognitoIdentityProviderClient({});
  await createContextTable(emulator.endpoint, TABLE);
  userPoolId = await makePool();
  clientId = await makeClient(userPoolId);
  await cognito.send(new CreateGroupCommand({ UserPoolId: userPoolId, GroupName: OPERATORS_GROUP }));
  Object.assign(process.env, env());
  authenticate = fresh();
  handler = (await import('../../lambdas/accounts/handlers/api.ts')).handler;
});

afterAll(() => emulator?.stop());

describe('a person with an access token', () => {
  it('has a personal account from the first call on, and the same one on the next', async () => {
    const { access } = await join();
    const first = await authenticate(bearer(access), ACCOUNT, Date.now());
    const second = await fresh()(bearer(access), ACCOUNT, Date.now());
    expect(first).toMatchObject({ role: 'owner', via: 'token', operator: false, handle: undefined });
    expect(second).toEqual(first);
  });

  it('gets exactly one account from twenty first calls at once, in as many environments', async () => {
    const { access } = await join();
    const callers = await Promise.all(Array.from({ length: 20 }, () => fresh()(bearer(access), ACCOUNT, Date.now())));
    const accounts = new Set(callers.map((caller) => caller?.accountId));
    expect(accounts.size).toBe(1);
    const userId = callers[0]?.userId as string;
    expect((await itemsUnder(userId)).map(({ sk }) => sk).sort()).toEqual([`member#${[...accounts][0]}`, 'user']);
    const events = (await createdEvents()).filter(({ data }) => data.userId === userId);
    expect(events).toMatchObject([
      { type: 'AccountCreated.v1', subject: [...accounts][0], data: { kind: 'personal' } },
    ]);
  });

  it('is refused with the id token, another client’s token, another pool’s token and a tampered token alike', async () => {
    const { access, id, email } = await join();
    const otherClient = await signIn(email, await makeClient(userPoolId));
    const otherPoolId = await makePool();
    const otherPool = await join(await makeClient(otherPoolId));
    const [head, payload, signature] = access.split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const forged = Buffer.from(JSON.stringify({ ...claims, 'cognito:groups': [OPERATORS_GROUP] })).toString(
      'base64url',
    );
    const none = Buffer.from('{"alg":"none","kid":"x"}').toString('base64url');
    for (const token of [
      id,
      otherClient.access,
      otherPool.access,
      `${head}.${forged}.${signature}`,
      `${none}.${forged}.`,
      'not-a-token',
    ]) {
      await expect(fresh()(bearer(token), ACCOUNT, Date.now())).rejects.toMatchObject({ code: 'invalid_token' });
    }
    expect(await authenticate(bearer(access), ACCOUNT, Date.now())).toBeDefined();
  });

  it('is refused until the e-mail address is verified', async () => {
    const email = 'unverified@example.com';
    await cognito.send(
      new AdminCreateUserCommand({
        UserPoolId: userPoolId,
        Username: email,
        MessageAction: 'SUPPRESS',
        UserAttributes: [
          { Name: 'email', Value: email },
          { Name: 'email_verified', Value: 'false' },
        ],
      }),
    );
    await cognito.send(
      new AdminSetUserPasswordCommand({ UserPoolId: userPoolId, Username: email, Password: PASSWORD, Permanent: true }),
    );
    const { access } = await signIn(email);
    await expect(authenticate(bearer(access), ACCOUNT, Date.now())).rejects.toMatchObject({
      kind: 'forbidden',
      code: 'email_not_verified',
    });
  });

  it('is refused when the person was deleted before the first call', async () => {
    const { access, email } = await join();
    await cognito.send(new AdminDeleteUserCommand({ UserPoolId: userPoolId, Username: email }));
    await expect(authenticate(bearer(access), ACCOUNT, Date.now())).rejects.toMatchObject({ code: 'invalid_token' });
  });

  it('acts for an account it belongs to, and sees every other as missing', async () => {
    const [mine, other] = [await join(), await join()];
    const me = await authenticate(bearer(mine.access), ACCOUNT, Date.now());
    const them = await authenticate(bearer(other.access), ACCOUNT, Date.now());
    expect(await authenticate(bearer(mine.access, me?.accountId), ACCOUNT, Date.now())).toEqual(me);
    for (const accountId of [them?.accountId, 'acc_01JDA8Z5V4W1T4E5R6T7Y8V9P0', 'nonsense', '']) {
      await expect(authenticate(bearer(mine.access, accountId), ACCOUNT, Date.now())).rejects.toMatchObject({
        code: 'account_not_found',
      });
    }
  });

  it('says 503, not 401, when the pool’s signing keys cannot be read', async () => {
    const { access } = await join();
    const cut = createAuthenticator({ ...env(), AWS_ENDPOINT_URL: 'http://127.0.0.1:9' }, documentClient());
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(cut(bearer(access), ACCOUNT, Date.now())).rejects.toMatchObject({ code: 'unavailable' });
    }
  });
});

describe('an operator', () => {
  const OPERATOR = { auth: 'operator', permission: undefined } as const;

  it('is made by e-mail, and is one from the next sign-in on', async () => {
    const { access, email } = await join();
    await expect(authenticate(bearer(access), OPERATOR, Date.now())).rejects.toMatchObject({ code: 'operator_only' });
    await addOperator({ client: cognito, userPoolId, email });
    const again = await signIn(email);
    expect(await authenticate(bearer(again.access), OPERATOR, Date.now())).toMatchObject({ operator: true });
    expect(await listOperators({ client: cognito, userPoolId })).toContain(email);
    await removeOperator({ client: cognito, userPoolId, email });
    expect(await listOperators({ client: cognito, userPoolId })).not.toContain(email);
  });

  it('cannot be somebody who has not signed up', async () => {
    await expect(addOperator({ client: cognito, userPoolId, email: 'nobody@example.com' })).rejects.toThrow(
      /nobody@example\.com/,
    );
  });

  it('is never a key, even one that an operator made', async () => {
    const { email } = await join();
    await cognito.send(
      new AdminAddUserToGroupCommand({ UserPoolId: userPoolId, Username: email, GroupName: OPERATORS_GROUP }),
    );
    const { access } = await signIn(email);
    const made = await call(access, { method: 'POST', path: '/v1/keys', body: { name: 'ops', scopes: ['admin'] } });
    await expect(authenticate(bearer(made.body.key), OPERATOR, Date.now())).rejects.toMatchObject({
      code: 'operator_only',
    });
  });
});

describe('/v1/account', () => {
  it('tells the account and the person, with an ETag that answers 304', async () => {
    const { access, email } = await join();
    const answer = await call(access, { method: 'GET', path: '/v1/account' });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      handle: null,
      plan: 'free',
      currency: 'USD',
      user: { email, displayName: null, locale: 'en', role: 'owner', operator: false },
    });
    const etag = answer.headers.etag as string;
    const again = await call(access, { method: 'GET', path: '/v1/account', headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
  });

  it('takes a handle once, a profile any time, and refuses a stale If-Match', async () => {
    const { access } = await join();
    const before = await call(access, { method: 'GET', path: '/v1/account' });
    const headers = { 'if-match': before.headers.etag as string };
    const body = { handle: 'ada-lab', displayName: 'Ada', locale: 'zh-CN' };
    const changed = await call(access, { method: 'PATCH', path: '/v1/account', headers, body });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({ handle: 'ada-lab', user: { displayName: 'Ada', locale: 'zh-CN' } });
    const stale = await call(access, { method: 'PATCH', path: '/v1/account', headers, body: { displayName: 'X' } });
    expect([stale.status, stale.body.code]).toEqual([412, 'precondition_failed']);
    const twice = await call(access, { method: 'PATCH', path: '/v1/account', body: { handle: 'ada-lab' } });
    expect(twice.status).toBe(200);
    const other = await call(access, { method: 'PATCH', path: '/v1/account', body: { handle: 'other-lab' } });
    expect([other.status, other.body.code]).toEqual([409, 'handle_already_set']);
    const unnamed = await call(access, { method: 'PATCH', path: '/v1/account', body: { displayName: null } });
    expect(unnamed.body.user.displayName).toBeNull();
  });

  it('gives a handle to one of those who want it at once, and changes nothing of the others', async () => {
    const tokens = await Promise.all(Array.from({ length: 5 }, async () => (await join()).access));
    const body = { handle: 'wanted', displayName: 'Winner' };
    const answers = await Promise.all(
      tokens.map((token) => call(token, { method: 'PATCH', path: '/v1/account', body })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409]);
    const after = await Promise.all(tokens.map((token) => call(token, { method: 'GET', path: '/v1/account' })));
    expect(after.filter(({ body }) => body.handle === 'wanted' && body.user.displayName === 'Winner')).toHaveLength(1);
    expect(after.filter(({ body }) => body.handle === null && body.user.displayName === null)).toHaveLength(4);
  });

  it('lets a handle set a moment ago count for an environment that knew the account without one', async () => {
    const { access } = await join();
    const elsewhere = fresh();
    await elsewhere(bearer(access), ACCOUNT, Date.now());
    await call(access, { method: 'PATCH', path: '/v1/account', body: { handle: 'quick-lab' } });
    const need = { auth: 'required', permission: 'models:write' } as const;
    expect(await elsewhere(bearer(access), need, Date.now())).toMatchObject({ handle: 'quick-lab' });
  });
});

describe('/v1/accounts', () => {
  it('lists those I belong to, page by page', async () => {
    const { access } = await join();
    const me = await authenticate(bearer(access), ACCOUNT, Date.now());
    const other = await authenticate(bearer((await join()).access), ACCOUNT, Date.now());
    const membership = { pk: me?.userId, sk: `member#${other?.accountId}`, schema: 1, role: 'viewer' };
    await documentClient().put({
      TableName: TABLE,
      Item: { ...membership, userId: me?.userId, accountId: other?.accountId },
    });
    const first = await call(access, { method: 'GET', path: '/v1/accounts', query: 'limit=1' });
    const query = `limit=1&cursor=${first.body.next}`;
    const second = await call(access, { method: 'GET', path: '/v1/accounts', query });
    expect(second.body.next).toBeNull();
    expect([...first.body.items, ...second.body.items]).toEqual([
      expect.objectContaining({ id: me?.accountId, role: 'owner' }),
      expect.objectContaining({ id: other?.accountId, role: 'viewer' }),
    ]);
    const header = { 'x-aimass-account': other?.accountId as string };
    const chosen = await call(access, { method: 'GET', path: '/v1/account', headers: header });
    expect(chosen.body).toMatchObject({ id: other?.accountId, user: { role: 'viewer' } });
    const refused = await call(access, { method: 'GET', path: '/v1/keys', headers: header });
    expect([refused.status, refused.body.code]).toEqual([403, 'permission_denied']);
  });
});

describe('/v1/keys', () => {
  const create = (token: string, body: object, headers: Record<string, string> = {}) =>
    call(token, { method: 'POST', path: '/v1/keys', body: { name: 'k', scopes: ['infer'], ...body }, headers });

  it('shows a secret once that then authenticates, until it is revoked', async () => {
    const { access } = await join();
    const made = await create(access, { scopes: ['infer', 'admin'] });
    expect(made.status).toBe(201);
    expect(made.body.key).toMatch(/^aim_[0-9A-HJKMNP-TV-Z]{26}_[0-9A-Za-z]{43}$/);
    const shown = await call(made.body.key, { method: 'GET', path: made.headers.location as string });
    const { key: secret, ...rest } = made.body;
    expect(shown.body).toEqual(rest);
    const whole = (await itemsUnder(`key_${secret.slice(4, 30)}`)).concat(
      await itemsUnder((await authenticate(bearer(access), ACCOUNT, Date.now()))?.accountId as string),
    );
    expect(JSON.stringify(whole)).not.toContain(secret.slice(31));
    for (let attempt = 0; attempt < 2; attempt++) {
      const revoked = await call(access, { method: 'DELETE', path: `/v1/keys/${rest.id}` });
      expect([revoked.status, revoked.text]).toEqual([204, '']);
    }
    await expect(fresh()(bearer(secret), ACCOUNT, Date.now())).rejects.toMatchObject({ code: 'invalid_key' });
    const gone = await call(access, { method: 'GET', path: `/v1/keys/${rest.id}` });
    expect(gone.body.revokedAt).not.toBeNull();
    expect((await call(access, { method: 'GET', path: '/v1/keys' })).body.items).toEqual([]);
  });

  it('makes no key by a key that was revoked a moment ago and is still remembered', async () => {
    const { access } = await join();
    const maker = await create(access, { scopes: ['infer', 'admin'] });
    expect((await create(maker.body.key, {})).status).toBe(201);
    await call(access, { method: 'DELETE', path: `/v1/keys/${maker.body.id}` });
    const late = await create(maker.body.key, {});
    expect([late.status, late.body.code]).toEqual([401, 'invalid_key']);
  });

  it('makes no key by a key that is revoked between the look and the write', async () => {
    const { access } = await join();
    const maker = await create(access, { scopes: ['infer', 'admin'] });
    const { accountId } = (await authenticate(bearer(access), ACCOUNT, Date.now())) ?? {};
    const keys = dynamoKeys(documentClient(), TABLE);
    const looked = await keys.find(accountId as string, maker.body.id);
    await call(access, { method: 'DELETE', path: `/v1/keys/${maker.body.id}` });
    const key = { ...(looked as ApiKey), keyId: newId('key', Date.now()) };
    const creation = { key, secretSha256: 'a'.repeat(64), idempotency: undefined, nowMs: Date.now() };
    expect(await keys.create({ ...creation, makerKeyId: maker.body.id })).toEqual({ outcome: 'maker_revoked' });
    expect(await keys.find(accountId as string, key.keyId)).toBeUndefined();
  });

  it('lists by pages without a gap, and refuses cursors of other lists', async () => {
    const { access } = await join();
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push((await create(access, { name: `key ${i}` })).body.id);
    const seen: string[] = [];
    let query = 'limit=2';
    for (let page = 0; page < 3; page++) {
      const { body, headers } = await call(access, { method: 'GET', path: '/v1/keys', query });
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      query = `limit=2&cursor=${body.next}`;
      expect(body.next === null).toBe(page === 2);
      expect(headers.link === undefined).toBe(page === 2);
    }
    expect(seen).toEqual(ids);
    const { access: other } = await join();
    const { body } = await call(access, { method: 'GET', path: '/v1/keys', query: 'limit=2' });
    for (const cursor of [body.next, 'garbage', '']) {
      const refused = await call(other, { method: 'GET', path: '/v1/keys', query: `cursor=${cursor}` });
      expect([refused.status, refused.body.code]).toEqual([422, 'invalid_cursor']);
    }
  });

  it('answers a repeat with the same key and no secret, and another body with 422', async () => {
    const { access } = await join();
    const headers = { 'idempotency-key': 'once' };
    const [a, b] = await Promise.all([create(access, {}, headers), create(access, {}, headers)]);
    expect(a.body.id).toBe(b.body.id);
    expect([a.body.key, b.body.key].filter((key) => key !== null)).toHaveLength(1);
    const replay = a.body.key === null ? a : b;
    expect([replay.status, replay.headers['idempotency-replayed']]).toEqual([201, 'true']);
    const reused = await create(access, { name: 'other' }, headers);
    expect([reused.status, reused.body.code]).toEqual([422, 'idempotency_key_reused']);
    expect((await call(access, { method: 'GET', path: '/v1/keys' })).body.items).toHaveLength(1);
  });

  it('holds the limit of 100 when many are made at once, and frees a place by revoking', async () => {
    const { access } = await join();
    for (let i = 0; i < 12; i++) await Promise.all(Array.from({ length: 8 }, () => create(access, {})));
    const last = await Promise.all(Array.from({ length: 8 }, () => create(access, {})));
    const full = last.filter(({ status }) => status === 409);
    expect(full.map(({ body }) => body.code)).toEqual(Array(4).fill('key_limit_reached'));
    const { body } = await call(access, { method: 'GET', path: '/v1/keys', query: 'limit=100' });
    expect(body.items).toHaveLength(100);
    await call(access, { method: 'DELETE', path: `/v1/keys/${body.items[0].id}` });
    expect((await create(access, {})).status).toBe(201);
  });

  it('hides another account’s keys', async () => {
    const [mine, other] = [await join(), await join()];
    const { body } = await create(mine.access, {});
    for (const method of ['GET', 'DELETE']) {
      const answer = await call(other.access, { method, path: `/v1/keys/${body.id}` });
      expect([answer.status, answer.body.code]).toEqual([404, 'key_not_found']);
    }
    const { accountId } = (await authenticate(bearer(other.access), ACCOUNT, Date.now())) ?? {};
    await expect(authenticate(bearer(body.key, accountId), ACCOUNT, Date.now())).rejects.toMatchObject({
      code: 'account_not_found',
    });
  });

  it('ends with its maker’s membership', async () => {
    const { access } = await join();
    const { body } = await create(access, {});
    const me = await authenticate(bearer(access), ACCOUNT, Date.now());
    await documentClient().delete({ TableName: TABLE, Key: { pk: me?.userId, sk: `member#${me?.accountId}` } });
    await expect(fresh()(bearer(body.key), ACCOUNT, Date.now())).rejects.toMatchObject({ code: 'invalid_key' });
  });
});

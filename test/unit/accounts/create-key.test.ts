// A key that makes keys: only while it is in force, at the very moment of the writing.
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocument, TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { dynamoKeys } from '../../../lambdas/accounts/adapters/dynamo-keys.ts';
import { accountsRoutes } from '../../../lambdas/accounts/contract.ts';
import type { ApiKey, KeyStore } from '../../../lambdas/accounts/ports.ts';
import { createKey } from '../../../lambdas/accounts/routes/create-key.ts';
import { createApi } from '../../../lambdas/shared/platform/api.ts';
import { callHandler } from '../../support/http-event.ts';
import { unlimited } from '../../support/unlimited.ts';

const NOW = Date.UTC(2026, 10, 23);
const ACCOUNT = 'acc_01JDA8Z5V4W1T4E5R6T7Y8V9P0';
const USER = 'usr_01JDA8Z5V4W1T4E5R6T7Y8V9P0';
const MAKER = 'key_01JDA8Z5V4W1T4E5R6T7Y8V9P0';
const MADE = 'key_01JDA8Z5V4W1T4E5R6T7Y8V9P1';

const aKey = (change: Partial<ApiKey> = {}): ApiKey => ({
  keyId: MAKER,
  accountId: ACCOUNT,
  userId: USER,
  name: 'k',
  scopes: ['admin', 'infer'],
  models: undefined,
  cidrs: undefined,
  keyExpiresAtMs: undefined,
  revokedAtMs: undefined,
  createdAtMs: NOW,
  updatedAtMs: NOW,
  ...change,
});

type Creation = Parameters<KeyStore['create']>[0];

/** What the route answers to a caller with the key `MAKER`, which the authenticator still remembers. */
const make = async ({
  maker,
  outcome = 'created',
  via = 'key',
}: {
  maker: ApiKey | undefined;
  outcome?: 'created' | 'maker_revoked';
  via?: 'key' | 'token';
}) => {
  const creations: Creation[] = [];
  const keys: KeyStore = {
    findSecret: async () => undefined,
    find: async () => maker,
    create: async (creation) => {
      creations.push(creation);
      return { outcome };
    },
    list: async () => ({ items: [], last: undefined }),
    revoke: async () => true,
  };
  const handler = createApi({
    limit: unlimited,
    routes: { createKey: accountsRoutes.createKey },
    useCases: { createKey: createKey(keys) },
    authenticate: async () => ({
      accountId: ACCOUNT,
      handle: undefined,
      userId: USER,
      role: 'owner',
      operator: false,
      via,
      keyId: via === 'key' ? MAKER : undefined,
      scopes: via === 'key' ? ['admin', 'infer'] : undefined,
      models: undefined,
    }),
  });
  const answer = await callHandler(handler, {
    method: 'POST',
    path: '/v1/keys',
    headers: { authorization: 'Bearer k' },
    body: { name: 'made', scopes: ['infer'] },
  });
  return { answer, creations };
};

describe('a key that makes a key', () => {
  it('names itself to the store, so that the store can see whether it is in force', async () => {
    const { answer, creations } = await make({ maker: aKey() });
    expect(answer.status).toBe(201);
    expect(creations.map(({ makerKeyId }) => makerKeyId)).toEqual([MAKER]);
  });

  it.each([
    { maker: aKey({ revokedAtMs: NOW - 1 }), why: 'it was revoked' },
    { maker: undefined, why: 'it is gone' },
  ])('makes none when $why, though it is remembered', async ({ maker }) => {
    const { answer, creations } = await make({ maker });
    expect([answer.status, answer.body.code]).toEqual([401, 'invalid_key']);
    expect(creations).toEqual([]);
  });

  it('makes none when it is revoked at that moment', async () => {
    const { answer } = await make({ maker: aKey(), outcome: 'maker_revoked' });
    expect([answer.status, answer.body.code]).toEqual([401, 'invalid_key']);
  });
});

it('is not asked for by a person', async () => {
  const { answer, creations } = await make({ maker: undefined, via: 'token' });
  expect(answer.status).toBe(201);
  expect(creations.map(({ makerKeyId }) => makerKeyId)).toEqual([undefined]);
});

describe('the store of keys', () => {
  const idempotency = { key: 'once', requestSha256: 'a'.repeat(64) };

  /** A table that refuses the steps it is told to. */
  const store = (refuses: (step: Step) => boolean) => {
    const writes: Step[][] = [];
    const client = {
      get: async () => ({}),
      transactWrite: async ({ TransactItems = [] }: TransactWriteCommandInput) => {
        writes.push(TransactItems);
        const CancellationReasons = TransactItems.map((step) => ({
          Code: refuses(step) ? 'ConditionalCheckFailed' : 'None',
        }));
        if (CancellationReasons.every(({ Code }) => Code === 'None')) return {};
        throw new TransactionCanceledException({ message: 'cancelled', $metadata: {}, CancellationReasons });
      },
    };
    return { keys: dynamoKeys(client as unknown as DynamoDBDocument, 't'), writes };
  };
  type Step = NonNullable<TransactWriteCommandInput['TransactItems']>[number];
  const creation = { key: aKey({ keyId: MADE }), secretSha256: 'b'.repeat(64), nowMs: NOW };

  it('makes the key in a transaction that needs the maker’s item', async () => {
    const { keys, writes } = store(() => false);
    expect(await keys.create({ ...creation, makerKeyId: MAKER, idempotency })).toEqual({ outcome: 'created' });
    expect(writes[0]?.flatMap(({ ConditionCheck }) => ConditionCheck ?? [])).toEqual([
      { TableName: 't', Key: { pk: ACCOUNT, sk: `key#${MAKER}` }, ConditionExpression: 'attribute_exists(pk)' },
    ]);
  });

  it('tells that the maker is revoked before anything else that is refused', async () => {
    const { keys } = store(({ ConditionCheck, Update, Put }) => Boolean(ConditionCheck ?? Update ?? Put));
    expect(await keys.create({ ...creation, makerKeyId: MAKER, idempotency })).toEqual({ outcome: 'maker_revoked' });
  });

  it('tells the limit, with and without a maker', async () => {
    for (const makerKeyId of [MAKER, undefined]) {
      const { keys } = store(({ Update }) => Update !== undefined);
      expect(await keys.create({ ...creation, makerKeyId, idempotency })).toEqual({ outcome: 'limit' });
    }
  });
});

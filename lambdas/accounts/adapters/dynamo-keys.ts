// API keys in DynamoDB. A key is two items: what it may, under its account; and its secret's hash, under its own id.
import { createHash } from 'node:crypto';
import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import type { TableClient } from '../../shared/platform/table-client.ts';
import { transact } from '../../shared/platform/transact.ts';
import { KEY_LIMIT } from '../contract.ts';
import type { ApiKey, KeyStore } from '../ports.ts';
import { accountKey, claimItem, keyItem, keyKey, revokedKey, secretItem, secretKey } from './items.ts';

const CLAIM_MS = 24 * 3_600_000;
const REVOKED_KEPT_MS = 400 * 86_400_000;

type WriteItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];
type Creation = Parameters<KeyStore['create']>[0];

export const dynamoKeys = (client: TableClient, table: string): KeyStore => {
  const read = async (key: { pk: string; sk: string }) =>
    (await client.get({ TableName: table, Key: key, ConsistentRead: true })).Item;

  const find = async (accountId: string, keyId: string) => {
    const item = (await read(keyKey(accountId, keyId))) ?? (await read(revokedKey(accountId, keyId)));
    return item ? keyItem.parse(item) : undefined;
  };

  return {
    find,

    findSecret: async (keyId) => {
      const item = await read(secretKey(keyId));
      return item ? secretItem.parse(item) : undefined;
    },

    create: async (creation) => {
      const claim = claimKey(creation);
      const items = [countUp(table, creation.key.accountId), ...keyItems(table, creation)];
      // Of two refusals the first is told: the maker's before the claim's, and of a repeat the claim's before the rest.
      const claiming = claim && putClaim(table, claim, creation);
      if (claiming) items.unshift(claiming);
      if (creation.makerKeyId !== undefined) items.unshift(makerInForce(table, creation.key, creation.makerKeyId));
      const refusedIndex = await transact(client, items);
      if (refusedIndex === undefined) return { outcome: 'created' };
      const refused = items[refusedIndex];
      if (refused?.ConditionCheck) return { outcome: 'maker_revoked' };
      if (refused?.Update) return { outcome: 'limit' };
      const earlier = claim && refused === claiming ? await read(claim) : undefined;
      if (!earlier) throw new Error('a new key’s id, or a claim that just ended, was in the way');
      const { requestSha256, keyId } = claimItem.parse(earlier);
      if (requestSha256 !== creation.idempotency?.requestSha256) return { outcome: 'claim_reused' };
      return { outcome: 'replay', keyId };
    },

    list: async ({ accountId, limit, after }) => {
      const page = await client.query({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :key)',
        ExpressionAttributeValues: { ':pk': accountId, ':key': 'key#' },
        // One more than asked for tells whether there is a next page.
        Limit: limit + 1,
        ...(after === undefined ? {} : { ExclusiveStartKey: keyKey(accountId, after) }),
      });
      const keys = (page.Items ?? []).map((item) => keyItem.parse(item));
      const items = keys.slice(0, limit);
      const more = keys.length > limit || page.LastEvaluatedKey !== undefined;
      return { items, last: more ? items.at(-1)?.keyId : undefined };
    },

    revoke: async ({ accountId, keyId, nowMs }) => {
      const key = await find(accountId, keyId);
      if (!key) return false;
      // Refused means that another call revoked it first, which is as good.
      if (key.revokedAtMs === undefined) await transact(client, revocation(table, key, nowMs));
      return true;
    },
  };
};

const keyAttributes = (key: ApiKey) => ({ schema: 1, ...key });

const keyItems = (table: string, { key, secretSha256 }: Creation): WriteItem[] => {
  const put = (Item: Record<string, unknown>): WriteItem => ({
    Put: { TableName: table, Item, ConditionExpression: 'attribute_not_exists(pk)' },
  });
  const { accountId, userId, keyId } = key;
  return [
    put({ ...keyKey(accountId, keyId), ...keyAttributes(key) }),
    put({ ...secretKey(keyId), schema: 1, accountId, userId, secretSha256 }),
  ];
};

/** Revoking takes the item away, so of a key's revocation and what it makes at that moment one is refused. */
const makerInForce = (table: string, { accountId }: ApiKey, makerKeyId: string): WriteItem => ({
  ConditionCheck: {
    TableName: table,
    Key: keyKey(accountId, makerKeyId),
    ConditionExpression: 'attribute_exists(pk)',
  },
});

const countUp = (table: string, accountId: string): WriteItem => ({
  Update: {
    TableName: table,
    Key: accountKey(accountId),
    UpdateExpression: 'ADD keyCount :one',
    ConditionExpression: 'attribute_exists(pk) AND keyCount < :limit',
    ExpressionAttributeValues: { ':one': 1, ':limit': KEY_LIMIT },
  },
});

const claimKey = ({ idempotency, key }: Creation) =>
  idempotency && {
    pk: key.accountId,
    sk: `claim#${createHash('sha256').update(idempotency.key).digest('hex')}`,
  };

const putClaim = (table: string, claim: { pk: string; sk: string }, creation: Creation): WriteItem => ({
  Put: {
    TableName: table,
    Item: {
      ...claim,
      schema: 1,
      requestSha256: creation.idempotency?.requestSha256,
      keyId: creation.key.keyId,
      expiresAt: Math.floor((creation.nowMs + CLAIM_MS) / 1000),
    },
    // The table's TTL deletes late, so an ended claim may still be there.
    ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now',
    ExpressionAttributeValues: { ':now': Math.floor(creation.nowMs / 1000) },
  },
});

const revocation = (table: string, key: ApiKey, nowMs: number): WriteItem[] => {
  const { accountId, keyId } = key;
  const revoked = { ...keyAttributes(key), revokedAtMs: nowMs, updatedAtMs: nowMs };
  const expiresAt = Math.floor((nowMs + REVOKED_KEPT_MS) / 1000);
  return [
    {
      Delete: {
        TableName: table,
        Key: keyKey(accountId, keyId),
        ConditionExpression: 'attribute_exists(pk)',
      },
    },
    { Put: { TableName: table, Item: { ...revokedKey(accountId, keyId), ...revoked, expiresAt } } },
    { Delete: { TableName: table, Key: secretKey(keyId) } },
    {
      Update: {
        TableName: table,
        Key: accountKey(accountId),
        UpdateExpression: 'ADD keyCount :minusOne',
        ExpressionAttributeValues: { ':minusOne': -1 },
      },
    },
  ];
};

// Ledger entries other than calls: written with the wallet in one transaction, listed latest first.
import type { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { DomainError } from '../../shared/kernel/errors.ts';
import { idTimeMs } from '../../shared/kernel/ids.ts';
import { microsAttribute } from '../../shared/platform/attributes.ts';
import { transact } from '../../shared/platform/transact.ts';
import { KEY_MEMORY_MS } from '../domain/replay.ts';
import type { LedgerEntry, LedgerPage, LedgerStore } from '../ports.ts';
import { parseUse } from './key-use.ts';
import { GRANTS_PARTITION, idempotencyKey, ledgerPartition, walletKey } from './table-keys.ts';

const storedEntry = z
  .object({
    sk: z.string(),
    type: z.literal('grant'),
    accountId: z.string(),
    amountMicros: microsAttribute,
    reason: z.string(),
    grantedBy: z.string(),
  })
  .transform(({ sk, ...entry }): LedgerEntry => ({ id: sk, ...entry, createdAtMs: idTimeMs(sk) }));

/** @param more - whether the query stopped before the end */
const pageOf = (items: Record<string, unknown>[] | undefined, more: boolean): LedgerPage => {
  const entries = (items ?? []).map((item) => storedEntry.parse(item));
  const last = entries.at(-1);
  return { items: entries, last: more && last ? { accountId: last.accountId, id: last.id } : undefined };
};

export const dynamoLedger = (client: DynamoDBDocument, table: string): LedgerStore => ({
  grant: async (entry, claim) => {
    const known = claim && (await findGranted(client, table, claim, entry.createdAtMs));
    if (known) return known;
    const refusedIndex = await transact(client, grantActions(table, entry, claim));
    // Refused at the entry: an earlier try wrote it, and its answer was lost.
    if (refusedIndex === undefined || refusedIndex === 0) return entry;
    // Refused at the key: another first use of it won the race.
    const first = claim && (await findGranted(client, table, claim, entry.createdAtMs));
    if (!first) throw new Error(`the grant was refused at its action ${refusedIndex}`);
    return first;
  },
  listOf: async (accountId, { limit, after }) => {
    const pk = ledgerPartition(accountId);
    const { Items, LastEvaluatedKey } = await client.query({
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': pk },
      ScanIndexForward: false,
      Limit: limit,
      ...(after ? { ExclusiveStartKey: { pk, sk: after.id } } : {}),
    });
    return pageOf(Items, LastEvaluatedKey !== undefined);
  },
  list: async ({ limit, after }) => {
    const { Items, LastEvaluatedKey } = await client.query({
      TableName: table,
      IndexName: 'gsi1',
      KeyConditionExpression: 'gsi1pk = :pk',
      ExpressionAttributeValues: { ':pk': GRANTS_PARTITION },
      ScanIndexForward: false,
      Limit: limit,
      ...(after
        ? {
            ExclusiveStartKey: {
              pk: ledgerPartition(after.accountId),
              sk: after.id,
              gsi1pk: GRANTS_PARTITION,
              gsi1sk: after.id,
            },
          }
        : {}),
    });
    return pageOf(Items, LastEvaluatedKey !== undefined);
  },
});

type Claim = NonNullable<Parameters<LedgerStore['grant']>[1]>;

const findGranted = async (client: DynamoDBDocument, table: string, claim: Claim, nowMs: number) => {
  const Key = idempotencyKey(claim.by, claim.key);
  const { Item } = await client.get({ TableName: table, Key, ConsistentRead: true });
  if (!Item) return undefined;
  const use = parseUse(Item);
  if (use.expiresAt < Math.floor(nowMs / 1000)) return undefined;
  if (use.use !== 'grant' || use.requestSha256 !== claim.requestSha256) {
    throw new DomainError(
      'invalid',
      'idempotency_key_reused',
      `'idempotency-key' ${claim.key} was used for another request`,
    );
  }
  const found = await client.get({
    TableName: table,
    Key: { pk: ledgerPartition(use.accountId), sk: use.entryId },
    ConsistentRead: true,
  });
  return storedEntry.parse(found.Item);
};

const grantActions = (table: string, entry: LedgerEntry, claim: Claim | undefined) => [
  {
    Put: {
      TableName: table,
      Item: {
        pk: ledgerPartition(entry.accountId),
        sk: entry.id,
        gsi1pk: GRANTS_PARTITION,
        gsi1sk: entry.id,
        schema: 1,
        type: entry.type,
        accountId: entry.accountId,
        amountMicros: entry.amountMicros,
        legs: { account: entry.amountMicros, grants: -entry.amountMicros },
        reason: entry.reason,
        grantedBy: entry.grantedBy,
      },
      ConditionExpression: 'attribute_not_exists(sk)',
    },
  },
  {
    Update: {
      TableName: table,
      Key: walletKey(entry.accountId),
      UpdateExpression:
        'SET avail = if_not_exists(avail, :zero) + :amount, creditLimit = if_not_exists(creditLimit, :zero), ' +
        '#schema = :schema, updatedAt = :at ADD revision :one',
      ExpressionAttributeNames: { '#schema': 'schema' },
      ExpressionAttributeValues: {
        ':zero': 0n,
        ':amount': entry.amountMicros,
        ':schema': 1,
        ':at': new Date(entry.createdAtMs).toISOString(),
        ':one': 1,
      },
    },
  },
  ...(claim ? [{ Put: claimPut(table, entry, claim) }] : []),
];

const claimPut = (table: string, entry: LedgerEntry, claim: Claim) => ({
  TableName: table,
  Item: {
    ...idempotencyKey(claim.by, claim.key),
    schema: 1,
    use: 'grant',
    requestSha256: claim.requestSha256,
    entryId: entry.id,
    accountId: entry.accountId,
    expiresAt: Math.ceil((entry.createdAtMs + KEY_MEMORY_MS) / 1000),
  },
  ConditionExpression: 'attribute_not_exists(sk) OR expiresAt < :now',
  ExpressionAttributeValues: { ':now': Math.floor(entry.createdAtMs / 1000) },
});

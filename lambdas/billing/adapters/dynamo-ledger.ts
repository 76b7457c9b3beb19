// Ledger entries other than calls: written with the wallet in one transaction, listed latest first.

import * as z from 'zod';
import { DomainError } from '../../shared/kernel/errors.ts';
import { idBoundary, idTimeMs } from '../../shared/kernel/ids.ts';
import { periodOf } from '../../shared/kernel/period.ts';
import { microsAttribute } from '../../shared/platform/attributes.ts';
import type { TableClient } from '../../shared/platform/table-client.ts';
import { transact } from '../../shared/platform/transact.ts';
import { KEY_MEMORY_MS } from '../domain/replay.ts';
import type { Claim, LedgerEntry, LedgerPage, LedgerStore } from '../ports.ts';
import { parseUse } from './key-use.ts';
import { monthMarker } from './month-marker.ts';
import { queryAll } from './query-all.ts';
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

export const dynamoLedger = (client: TableClient, table: string): LedgerStore => ({
  grant: async (entry, claim) => {
    const known = claim && (await findGranted(client, table, claim, entry.createdAtMs));
    if (known) return known;
    const refusedIndex = await transact(client, grantActions(table, entry, claim));
    // Refused at the entry: an earlier try wrote it, and its answer was lost.
    if (refusedIndex === undefined || refusedIndex === 0) return entry;
    if (refusedIndex === WALLET_ACTION) return 'sealed';
    // Refused at the key: another first use of it won the race.
    const first = claim && (await findGranted(client, table, claim, entry.createdAtMs));
    if (!first) throw new Error(`the grant was refused at its action ${refusedIndex}`);
    return first;
  },
  between: async (accountId, fromMs, toMs) => {
    const items = await queryAll(client, {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
      // No id is a boundary itself, so that the latter one is not included.
      ExpressionAttributeValues: {
        ':pk': ledgerPartition(accountId),
        ':from': idBoundary('txn', fromMs),
        ':to': idBoundary('txn', toMs),
      },
    });
    return items.map((item) => storedEntry.parse(item));
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

const findGranted = async (client: TableClient, table: string, claim: Claim, nowMs: number) => {
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

/** Where the wallet stands among a grant's actions. */
const WALLET_ACTION = 1;

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
      // The fence that holds for paid calls: an entry joins no period whose sums are taken.
      ConditionExpression: 'attribute_not_exists(sealedThrough) OR sealedThrough < :minute',
      ExpressionAttributeNames: { '#schema': 'schema' },
      ExpressionAttributeValues: {
        ':minute': periodOf(idTimeMs(entry.id), 'minute'),
        ':zero': 0n,
        ':amount': entry.amountMicros,
        ':schema': 1,
        ':at': new Date(entry.createdAtMs).toISOString(),
        ':one': 1,
      },
    },
  },
  ...(claim ? [{ Put: claimPut(table, entry, claim) }] : []),
  { Put: { TableName: table, Item: monthMarker(entry.accountId, periodOf(idTimeMs(entry.id), 'month')) } },
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

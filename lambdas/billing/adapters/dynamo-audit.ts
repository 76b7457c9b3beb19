// The table as the auditor sees it: wallets and entries with all that is checked of them, and page by page as it lies.

import * as z from 'zod';
import { idBoundary } from '../../shared/kernel/ids.ts';
import { microsAttribute } from '../../shared/platform/attributes.ts';
import type { TableClient } from '../../shared/platform/table-client.ts';
import type { KeptEntry, ScanPage } from '../domain/kept.ts';
import { quotaStartMs } from '../domain/quota-name.ts';
import type { AuditReads } from '../ports.ts';
import { queryAll } from './query-all.ts';
import { keptEvent } from './stored-event.ts';
import { AFTER_ALL, ledgerPartition, quotaPartition, walletKey } from './table-keys.ts';

const storedWallet = z.object({
  avail: microsAttribute,
  creditLimit: microsAttribute,
  // A wallet that only a fence has written has none.
  revision: z._default(microsAttribute, 0n),
  sealedThrough: z.string().optional(),
});

const storedEntry = z.object({ amountMicros: microsAttribute, legs: z.record(z.string(), microsAttribute) });

const storedQuota = z.object({
  sk: z.string().refine((name) => Number.isFinite(quotaStartMs(name)), 'must name a period'),
  used: z.number().int().min(0),
});

const storedKeys = z.object({ pk: z.string(), sk: z.string() });

const partition =
  /^(?<accountId>acc_\w+)(?:#(?:(?<minute>\d{4}-\d\d-\d\dT\d\d:\d\d)#\d+|ledger|usage|months|archive|quota))?$/;

/** @param pageItems - items of a scanned page at most; a page is a megabyte in any case */
export const dynamoAudit = (client: TableClient, table: string, pageItems?: number): AuditReads => ({
  wallet: async (accountId) => {
    const { Item } = await client.get({ TableName: table, Key: walletKey(accountId), ConsistentRead: true });
    return Item && storedWallet.parse(Item);
  },
  hasWallet: async (accountId) => {
    const { Item } = await client.get({ TableName: table, Key: walletKey(accountId), ConsistentRead: true });
    return Item !== undefined;
  },
  entries: async (accountId, fromMs) => {
    const items = await queryAll(client, {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :end',
      ExpressionAttributeValues: {
        ':pk': ledgerPartition(accountId),
        ':from': fromMs > 0 ? idBoundary('txn', fromMs) : ' ',
        ':end': AFTER_ALL,
      },
    });
    return items.map(keptEntry);
  },
  quotas: async (accountId) => {
    const items = await queryAll(client, {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': quotaPartition(accountId) },
    });
    return new Map(items.map((item) => storedQuota.parse(item)).map(({ sk, used }) => [sk, used]));
  },
  scan: async (after, accountId) => {
    const { Items = [], LastEvaluatedKey } = await client.scan({
      TableName: table,
      ...(pageItems ? { Limit: pageItems } : {}),
      ...(after ? { ExclusiveStartKey: { ...after } } : {}),
      ...(accountId
        ? { FilterExpression: 'begins_with(pk, :account)', ExpressionAttributeValues: { ':account': accountId } }
        : {}),
    });
    return { ...sorted(Items), next: LastEvaluatedKey && storedKeys.parse(LastEvaluatedKey) };
  },
});

const keptEntry = (item: Record<string, unknown>): KeptEntry => {
  const parsed = storedEntry.safeParse(item);
  return {
    id: storedKeys.parse(item).sk,
    entry: parsed.data,
    fault: parsed.error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '),
  };
};

/** What of a page the auditor looks at; idempotency records, markers and the operator's items need no wallet. */
const sorted = (items: readonly Record<string, unknown>[]): Omit<ScanPage, 'next'> => {
  const accounts = new Set<string>();
  const wallets: ScanPage['wallets'][number][] = [];
  const events: ScanPage['events'][number][] = [];
  for (const item of items) {
    const { pk, sk } = storedKeys.parse(item);
    const { accountId, minute } = partition.exec(pk)?.groups ?? {};
    if (!accountId) continue;
    if (pk === accountId) {
      if (sk === 'wallet') wallets.push({ accountId, place: { pk, sk } });
      continue;
    }
    accounts.add(accountId);
    if (minute) events.push(keptEvent(item));
  }
  return { wallets, accounts: [...accounts], events };
};

// The billing table's layout: every key that is written or read is made here.
//
//   pk                          sk                                  what
//   acc_…                       wallet                              money that may be spent, and the fence
//   acc_…#<minute>#<shard>      inf_…                               a usage event, never changed
//   acc_…#open                  <minute | hour | day>               marker: the period's sum is not final
//   acc_…#usage                 <granularity>#<period>#<model>#<key>  a final sum
//   acc_…#months                open#<month>                        marker: the month is not sealed
//   acc_…#months                <month>                             a sealed month: its balance, chained
//   acc_…#archive               <day>                               where in S3 the day's events lie
//   acc_…#ledger                txn_…                               an entry other than a call
//   acc_…#quota                 sub_…#<period’s start>              included calls made in the period; expires
//   acc_…#idem                  <Idempotency-Key>                   what was recorded under the key; expires
//   pricebook                   current                             the operator's prices
//   pricebook                   version#<number>                    each that there was, never changed
//   audit                       progress                            how far the scheduled audit is
//   outbox#<n>                  evt_…                               event to be published
//
//   gsi1: open#<shard> by <last minute>#<period>#acc_…  markers in the order in which they fall due
//         grants by txn_…                               grants of all accounts
//         months by <month>#acc_…                       markers of months, oldest first
//         archive by <month>#acc_…                      sealed months whose events still lie in this table
import type { Quota } from '../contract.ts';
import { quotaName } from '../domain/quota-name.ts';
import { lastMinuteOf } from '../domain/sealing.ts';
import { EVENT_SHARDS, shardOf } from '../domain/usage-key.ts';

export const OPEN_SHARDS = 8;

/** Sorts after whatever may follow a `#`. */
export const AFTER_ALL = '\uffff';

export const walletKey = (accountId: string) => ({ pk: accountId, sk: 'wallet' });

export const eventPartition = (accountId: string, minute: string, shard: number): string =>
  `${accountId}#${minute}#${shard}`;

export const eventKey = (accountId: string, minute: string, inferenceId: string) => ({
  pk: eventPartition(accountId, minute, shardOf(inferenceId)),
  sk: inferenceId,
});

/** All partitions of a minute's events. */
export const eventPartitions = (accountId: string, minute: string): readonly string[] =>
  Array.from({ length: EVENT_SHARDS }, (_, shard) => eventPartition(accountId, minute, shard));

export const openPartition = (accountId: string): string => `${accountId}#open`;

export const duePartition = (shard: number): string => `open#${shard}`;

export const markerKeys = (accountId: string, period: string) => ({
  pk: openPartition(accountId),
  sk: period,
  gsi1pk: duePartition(accountId.charCodeAt(accountId.length - 1) % OPEN_SHARDS),
  gsi1sk: `${lastMinuteOf(period)}#${period}#${accountId}`,
});

export const usagePartition = (accountId: string): string => `${accountId}#usage`;

export const monthsPartition = (accountId: string): string => `${accountId}#months`;

export const MONTH_MARKERS = 'months';

/** What the sort keys of markers begin with; those of sealed months sort before it. */
export const MONTH_MARKER_PREFIX = 'open#';

export const monthMarkerKeys = (accountId: string, month: string) => ({
  pk: monthsPartition(accountId),
  sk: `${MONTH_MARKER_PREFIX}${month}`,
  gsi1pk: MONTH_MARKERS,
  gsi1sk: `${month}#${accountId}`,
});

export const ARCHIVE_QUEUE = 'archive';

export const archiveQueueKeys = (accountId: string, month: string) => ({
  gsi1pk: ARCHIVE_QUEUE,
  gsi1sk: `${month}#${accountId}`,
});

export const archivePartition = (accountId: string): string => `${accountId}#archive`;

export const ledgerPartition = (accountId: string): string => `${accountId}#ledger`;

export const GRANTS_PARTITION = 'grants';

export const idempotencyKey = (accountId: string, key: string) => ({ pk: `${accountId}#idem`, sk: key });

export const quotaPartition = (accountId: string): string => `${accountId}#quota`;

export const quotaKey = (accountId: string, quota: Pick<Quota, 'subscriptionId' | 'periodStartMs'>) => ({
  pk: quotaPartition(accountId),
  sk: quotaName(quota),
});

export const PRICE_BOOK_KEY = { pk: 'pricebook', sk: 'current' } as const;

/** Numbers of as many digits as the largest safe one, so that they sort as text. */
export const priceBookVersionKey = (version: number) => ({
  pk: PRICE_BOOK_KEY.pk,
  sk: `version#${String(version).padStart(16, '0')}`,
});

export const AUDIT_PROGRESS_KEY = { pk: 'audit', sk: 'progress' } as const;

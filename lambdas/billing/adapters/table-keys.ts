// The billing table's layout: every key that is written or read is made here.
//
//   pk                          sk                                  what
//   acc_…                       wallet                              money that may be spent, and the fence
//   acc_…#<minute>#<shard>      inf_…                               a usage event, never changed
//   acc_…#open                  <minute | hour | day>               marker: the period's sum is not final
//   acc_…#usage                 <granularity>#<period>#<model>#<key>  a final sum
//   acc_…#ledger                txn_…                               an entry other than a call
//   acc_…#idem                  <Idempotency-Key>                   what was recorded under the key; expires
//   pricebook                   current                             the operator's prices
//
//   gsi1: open#<shard> by <last minute>#<period>#acc_…  markers in the order in which they fall due
//         grants by txn_…                               grants of all accounts
import { lastMinuteOf } from '../domain/sealing.ts';
import { shardOf } from '../domain/usage-key.ts';

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

export const openPartition = (accountId: string): string => `${accountId}#open`;

export const duePartition = (shard: number): string => `open#${shard}`;

export const markerKeys = (accountId: string, period: string) => ({
  pk: openPartition(accountId),
  sk: period,
  gsi1pk: duePartition(accountId.charCodeAt(accountId.length - 1) % OPEN_SHARDS),
  gsi1sk: `${lastMinuteOf(period)}#${period}#${accountId}`,
});

export const usagePartition = (accountId: string): string => `${accountId}#usage`;

export const ledgerPartition = (accountId: string): string => `${accountId}#ledger`;

export const GRANTS_PARTITION = 'grants';

export const idempotencyKey = (accountId: string, key: string) => ({ pk: `${accountId}#idem`, sk: key });

export const PRICE_BOOK_KEY = { pk: 'pricebook', sk: 'current' } as const;

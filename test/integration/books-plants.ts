// Corruptions of a sound account's books, each as one change to the table or the archive.
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { AuditCheck } from '../../lambdas/billing/domain/audit/checks.ts';
import {
  ARCHIVED_DAY,
  INCLUDED_MINUTE,
  OLD_QUOTA,
  OPEN_MINUTE,
  QUOTA,
  RATED_MINUTE,
  SEALED_DAY,
  SEALED_HOUR,
  SEALED_MINUTE,
  SEALED_MONTH,
  TIMED_OUT_MINUTE,
} from './books-account.ts';
import { type Editor, type Item, more } from './books-editor.ts';
import { ARCHIVE_BUCKET } from './books-place.ts';

export interface Plant {
  readonly what: string;
  /** @returns what else mends it than putting the items back */
  readonly plant: (at: Editor) => Promise<unknown>;
  /** All that an audit from the first event on finds. */
  readonly finds: readonly AuditCheck[];
  /** All that one from the last seal on finds. @default the same */
  readonly sinceSeal?: readonly AuditCheck[];
}

export const plants: readonly Plant[] = [
  {
    what: 'amountMicros of an event of an open minute',
    plant: (at) => at.changedEvent(OPEN_MINUTE, ({ amountMicros }) => ({ amountMicros: more(amountMicros, 1n) })),
    finds: ['balance', 'event_price'],
  },
  {
    what: 'amountMicros of an event of a sealed month',
    plant: (at) => at.changedEvent(SEALED_MONTH, ({ amountMicros }) => ({ amountMicros: more(amountMicros, -1n) })),
    finds: ['balance', 'event_price', 'minute_sum'],
    sinceSeal: ['event_price'],
  },
  {
    what: 'rows of an event',
    plant: (at) => at.changedEvent(SEALED_MINUTE, () => ({ rowCount: 4 })),
    finds: ['event_legs', 'event_price', 'minute_sum'],
  },
  {
    what: 'the model of an event',
    plant: (at) => at.changedEvent(SEALED_MINUTE, () => ({ model: 'acme.other' })),
    finds: ['minute_sum'],
  },
  {
    what: 'a leg of an event',
    plant: (at) =>
      at.changedEvent(SEALED_DAY, ({ legs }) => ({ legs: { ...(legs as Item), platform: 47, publisher: 184 } })),
    finds: ['event_legs'],
  },
  {
    what: 'a compute fee that stands with the platform’s part of the price',
    plant: (at) =>
      at.changedEvent(RATED_MINUTE, ({ legs }) => ({ legs: { ...(legs as Item), platform: 47, compute: 139 } })),
    finds: ['event_legs'],
  },
  {
    what: 'the compute leg of an event that is gone',
    plant: (at) =>
      at.changedEvent(TIMED_OUT_MINUTE, ({ legs }) => ({ legs: { ...(legs as Item), compute: undefined } })),
    finds: ['event_legs'],
  },
  {
    what: 'the rate of a compute fee',
    plant: (at) =>
      at.changedEvent(RATED_MINUTE, ({ compute }) => ({ compute: { ...(compute as Item), perGbSecondMicros: '90' } })),
    finds: ['event_legs', 'event_price'],
  },
  {
    what: 'a compute fee shared with the publisher',
    plant: (at) =>
      at.changedEvent(TIMED_OUT_MINUTE, ({ legs }) => ({ legs: { ...(legs as Item), publisher: 112, compute: 28 } })),
    finds: ['event_legs'],
  },
  {
    what: 'a call that took too long, told as one that was answered',
    plant: (at) => at.changedEvent(TIMED_OUT_MINUTE, () => ({ outcome: undefined })),
    finds: ['event_legs', 'event_price', 'minute_sum'],
  },
  {
    what: 'an event without its rates',
    plant: (at) => at.changedEvent(OPEN_MINUTE, () => ({ price: { version: 1 } })),
    finds: ['balance', 'event_unreadable'],
  },
  {
    what: 'an event dropped from an open minute',
    plant: async (at) => at.books.remove(await at.eventIn(OPEN_MINUTE)),
    finds: ['balance'],
  },
  {
    what: 'an event dropped from a sealed minute',
    plant: async (at) => at.books.remove(await at.eventIn(SEALED_MINUTE)),
    finds: ['balance', 'minute_sum'],
  },
  {
    what: 'an event dropped from a sealed month',
    plant: async (at) => at.books.remove(await at.eventIn(SEALED_MONTH)),
    finds: ['balance', 'minute_sum'],
    sinceSeal: [],
  },
  {
    what: 'a fence in the future',
    plant: (at) => at.changedWallet(() => ({ sealedThrough: '2199-01-01T00:00' })),
    finds: ['fence'],
  },
  {
    what: 'a debit done twice',
    plant: (at) =>
      at.changedWallet(({ avail, revision }) => ({ avail: more(avail, -230n), revision: more(revision, 1n) })),
    finds: ['balance'],
  },
  {
    what: 'avail one more',
    plant: (at) => at.changedWallet(({ avail }) => ({ avail: more(avail, 1n) })),
    finds: ['balance'],
  },
  {
    what: 'avail one less',
    plant: (at) => at.changedWallet(({ avail }) => ({ avail: more(avail, -1n) })),
    finds: ['balance'],
  },
  {
    what: 'a credit limit that avail does not include',
    plant: (at) => at.changedWallet(() => ({ creditLimit: 500 })),
    finds: ['balance'],
  },
  {
    what: 'a wallet that is not a number',
    plant: (at) => at.changedWallet(() => ({ avail: 'much' })),
    finds: ['account_unreadable'],
  },
  {
    what: 'a sum without its calls',
    plant: (at) => at.changedSum('hour', SEALED_HOUR, { calls: null }),
    finds: ['account_unreadable'],
  },
  {
    what: 'a wallet below zero',
    plant: (at) => at.changedWallet(() => ({ avail: -5 })),
    finds: ['balance', 'funds'],
  },
  {
    what: 'a wallet that is gone',
    plant: async (at) => at.books.remove(await at.books.item(at.accountId, 'wallet')),
    finds: ['balance', 'wallet_missing'],
  },
  {
    what: 'a minute’s sum of calls',
    plant: (at) => at.changedSum('minute', SEALED_MINUTE, { calls: 3 }),
    finds: ['minute_sum'],
  },
  {
    what: 'what of a minute’s sum counts for the model',
    plant: (at) => at.changedSum('minute', SEALED_MINUTE, { counted: { calls: 2, rows: 3 } }),
    finds: ['minute_sum'],
  },
  {
    what: 'the publisher of an event',
    plant: (at) => at.changedEvent(SEALED_MINUTE, ({ accountId }) => ({ ownerAccountId: accountId })),
    finds: ['event_legs', 'event_price', 'minute_sum'],
  },
  {
    what: 'a sum of an archived minute',
    plant: (at) => at.changedSum('minute', ARCHIVED_DAY, { rows: 4 }),
    finds: ['hour_sum', 'minute_sum'],
    sinceSeal: [],
  },
  {
    what: 'an hour’s sum of micros',
    plant: (at) => at.changedSum('hour', SEALED_HOUR, { amountMicros: 229 }),
    finds: ['hour_sum'],
  },
  {
    what: 'an hour’s sum that is gone',
    plant: async (at) => {
      const sums = await at.books.scan(at.accountId);
      await at.books.remove(sums.find(({ sk }) => String(sk).startsWith(`hour#${SEALED_HOUR}`)) ?? {});
    },
    finds: ['hour_sum'],
  },
  { what: 'a day’s sum of rows', plant: (at) => at.changedSum('day', SEALED_DAY, { rows: 2 }), finds: ['day_sum'] },
  {
    what: 'a month’s sum of calls',
    plant: (at) => at.changedSum('month', SEALED_MONTH, { calls: 9 }),
    finds: ['month_sum'],
  },
  {
    what: 'a month’s grants',
    plant: (at) =>
      at.changed(at.months, SEALED_MONTH, ({ grantsMicros, closingMicros }) => ({
        grantsMicros: more(grantsMicros, 1n),
        closingMicros: more(closingMicros, 1n),
      })),
    finds: ['month_totals'],
    sinceSeal: ['balance', 'month_totals'],
  },
  {
    what: 'a month that opens with other than the last closed with',
    plant: (at) =>
      at.changed(at.months, SEALED_MONTH, ({ openingMicros, closingMicros }) => ({
        openingMicros: more(openingMicros, 1n),
        closingMicros: more(closingMicros, 1n),
      })),
    finds: ['month_chain'],
    sinceSeal: ['balance', 'month_chain'],
  },
  {
    what: 'a month that closes wrong',
    plant: (at) =>
      at.changed(at.months, SEALED_MONTH, ({ closingMicros }) => ({ closingMicros: more(closingMicros, 1n) })),
    finds: ['month_chain'],
    sinceSeal: ['balance', 'month_chain'],
  },
  {
    what: 'a sealed month that is gone',
    plant: async (at) => at.books.remove(await at.books.item(at.months, '2026-03')),
    finds: ['month_chain'],
  },
  {
    what: 'an entry’s legs',
    plant: async (at) => at.books.put({ ...(await at.entry(-1)), legs: { account: 77, grants: -76 } }),
    finds: ['entry_legs'],
  },
  {
    what: 'an entry’s amount',
    plant: async (at) =>
      at.books.put({ ...(await at.entry(-1)), amountMicros: 78, legs: { account: 78, grants: -78 } }),
    finds: ['balance'],
  },
  {
    what: 'an entry without its legs',
    plant: async (at) => at.books.put({ ...(await at.entry(-1)), legs: null }),
    finds: ['balance', 'entry_unreadable'],
  },
  {
    what: 'an entry of a sealed month that is gone',
    plant: async (at) => at.books.remove(await at.entry(0)),
    finds: ['balance', 'month_totals'],
    sinceSeal: [],
  },
  {
    what: 'an event in another minute than its id says',
    plant: async (at) => {
      const event = await at.eventIn(SEALED_MINUTE);
      await at.books.remove(event);
      await at.books.put({ ...event, pk: String(event.pk).replace(SEALED_MINUTE, OPEN_MINUTE) });
    },
    finds: ['event_place', 'minute_sum'],
  },
  {
    what: 'an event in a minute that nobody knows of',
    plant: async (at) => {
      const event = await at.eventIn(SEALED_MINUTE);
      await at.books.put({ ...event, pk: String(event.pk).replace(SEALED_MINUTE, '2026-06-18T11:11') });
    },
    finds: ['event_place', 'event_unmarked'],
  },
  {
    what: 'the marker of an open minute that is gone',
    plant: (at) => at.books.remove({ pk: `${at.accountId}#open`, sk: OPEN_MINUTE }),
    finds: ['balance', 'event_unmarked', 'quota'],
  },
  {
    what: 'the marker of an open hour that is gone',
    plant: (at) => at.books.remove({ pk: `${at.accountId}#open`, sk: OPEN_MINUTE.slice(0, 13) }),
    finds: ['hour_sum', 'marker_missing'],
  },
  {
    what: 'the marker of an open day that is gone',
    plant: (at) => at.books.remove({ pk: `${at.accountId}#open`, sk: OPEN_MINUTE.slice(0, 10) }),
    finds: ['day_sum', 'marker_missing'],
  },
  {
    what: 'other bytes in an archived object',
    plant: async (at) => {
      const place = { Bucket: ARCHIVE_BUCKET, Key: String((await at.archived()).key) };
      const command = new PutObjectCommand({ ...place, Body: 'x', ChecksumAlgorithm: 'SHA256' });
      const { VersionId } = await at.books.s3.send(command);
      return () => at.books.s3.send(new DeleteObjectCommand({ ...place, VersionId }));
    },
    finds: ['archive_object'],
    sinceSeal: [],
  },
  {
    what: 'an archived version that is gone',
    plant: async (at) => at.books.put({ ...(await at.archived()), versionId: 'gone' }),
    finds: ['archive_object'],
    sinceSeal: [],
  },
  {
    what: 'a checksum of an archived object',
    plant: async (at) => at.books.put({ ...(await at.archived()), sha256: 'a'.repeat(64) }),
    finds: ['archive_object'],
    sinceSeal: [],
  },
  {
    what: 'a count of archived events',
    plant: async (at) => at.books.put({ ...(await at.archived()), eventCount: 2 }),
    finds: ['archive_content'],
    sinceSeal: [],
  },
  {
    what: 'an archived event that is in the table, too',
    plant: async (at) => {
      const { value: event } = await (await at.books.stores.objects.read((await at.archived()) as never))
        [Symbol.asyncIterator]()
        .next();
      const open = await at.eventIn(OPEN_MINUTE);
      await at.books.put({ ...open, pk: `${at.accountId}#${event.minute}#${event.shard}`, sk: event.id });
    },
    finds: ['archive_leftover'],
  },
  {
    what: 'a counter of included calls that counted one too many',
    plant: (at) => at.changed(at.quotas, QUOTA, ({ used }) => ({ used: more(used, 1n) })),
    finds: ['quota'],
  },
  {
    what: 'a counter of included calls that was set back',
    plant: (at) => at.changed(at.quotas, QUOTA, () => ({ used: 0 })),
    finds: ['quota'],
  },
  {
    what: 'a counter of included calls that is gone',
    plant: async (at) => at.books.remove(await at.books.item(at.quotas, QUOTA)),
    finds: ['quota'],
  },
  {
    what: 'a counter that no event names',
    plant: async (at) => at.books.put({ ...(await at.books.item(at.quotas, QUOTA)), sk: QUOTA.replace('new', 'none') }),
    finds: ['quota'],
  },
  {
    what: 'a counter of a period that began before the last seal',
    plant: (at) => at.changed(at.quotas, OLD_QUOTA, ({ used }) => ({ used: more(used, 1n) })),
    finds: ['quota'],
    sinceSeal: [],
  },
  {
    what: 'a counter without its number',
    plant: (at) => at.changed(at.quotas, QUOTA, () => ({ used: null })),
    finds: ['account_unreadable'],
  },
  {
    what: 'an included call told as one that was not counted',
    plant: (at) => at.changedEvent(INCLUDED_MINUTE, () => ({ countedIn: undefined })),
    finds: ['quota'],
  },
];

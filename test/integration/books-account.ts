// An account with a past: a month in the archive, an idle one, a sealed one, and a running one with a sealed day, a sealed
// hour, a sealed minute and an open minute. All of it made by real charges, grants, seals and an archiver's run.
import { ulid } from 'ulidx';
import { addMonths } from '../../lambdas/registry/domain/subscription-period.ts';
import { free } from '../unit/billing/charge-request.ts';
import type { BooksPlace } from './books-place.ts';

const at = (text: string) => Date.parse(`${text}Z`);

export const ARCHIVED_DAY = '2026-03-05';
export const SEALED_MONTH = '2026-05';
export const SEALED_DAY = '2026-06-02';
export const SEALED_HOUR = '2026-06-18T09';
export const SEALED_MINUTE = '2026-06-18T12:10';
export const RATED_MINUTE = '2026-06-18T12:11';
export const TIMED_OUT_MINUTE = '2026-06-18T12:12';
export const INCLUDED_MINUTE = '2026-06-18T12:14';
/** The counter of a period that began after the last seal, and of one that began in a sealed month. */
export const QUOTA = 'sub_new#2026-06-10T00:00:00.000Z';
export const OLD_QUOTA = 'sub_old#2026-05-20T00:00:00.000Z';
export const OPEN_MINUTE = '2026-06-18T12:29';
export const NOW_MS = at('2026-06-18T12:30:10');
export const RETENTION_DAYS = 36;
export const KEY = 'key_01JDA8Z5V4W1T4E5R6T7Y8V9P0';

export const makeAccount = async (books: BooksPlace): Promise<string> => {
  const accountId = `acc_${ulid(NOW_MS)}`;
  const charge = (when: string, changes = {}) => books.chargeAt(accountId, at(when), changes);
  await books.grantAt(accountId, at('2026-03-05T08:00:00'), 2n ** 60n);
  await charge('2026-03-05T10:20:30');
  await charge('2026-03-05T10:20:40', { model: 'acme.wine', keyId: KEY });
  await charge('2026-03-05T17:01:00', { rowCount: 5 });
  await books.chargeRatedAt(accountId, at('2026-03-05T17:01:10'), true);
  await books.chargeRatedAt(accountId, at('2026-03-05T17:01:20'), false);
  await charge('2026-03-20T23:59:59', { price: free });
  await charge('2026-05-10T00:00:00');
  await books.grantAt(accountId, at('2026-05-11T00:00:00'), 1_000n);
  await charge('2026-05-31T23:59:30', { keyId: KEY });
  const included = (name: string) => {
    const [subscriptionId = '', start = ''] = name.split('#');
    const periodStartMs = Date.parse(start);
    const quota = { subscriptionId, periodStartMs, periodEndMs: addMonths(periodStartMs, 1), includedCalls: 9 };
    const entitlement = { subscriptionId, offerId: 'off_1', offerVersion: 1 };
    return { price: free, quota: { ...quota, beyond: undefined }, entitlement };
  };
  await charge('2026-05-25T00:00:00', included(OLD_QUOTA));
  await charge('2026-06-02T03:04:05');
  await charge('2026-06-03T03:04:05', included(OLD_QUOTA));
  await charge('2026-06-18T09:15:00');
  await charge('2026-06-18T09:16:00', { ownerAccountId: accountId });
  await charge('2026-06-18T12:10:00');
  await charge('2026-06-18T12:10:10', { price: { perCallMicros: '0.1', perRowMicros: '0.000001', version: 7 } });
  await books.chargeRatedAt(accountId, at(`${RATED_MINUTE}:00`), true);
  await books.chargeRatedAt(accountId, at(`${TIMED_OUT_MINUTE}:00`), false);
  await charge(`${INCLUDED_MINUTE}:00`, included(QUOTA));
  await charge('2026-06-18T12:29:00');
  await charge('2026-06-18T12:29:30', { keyId: KEY, rowCount: 0 });
  await charge('2026-06-18T12:29:35', included(QUOTA));
  await books.grantAt(accountId, at('2026-06-18T12:29:40'), 77n);
  await books.sealAt(NOW_MS);
  await books.archiveAt(NOW_MS, RETENTION_DAYS);
  return accountId;
};

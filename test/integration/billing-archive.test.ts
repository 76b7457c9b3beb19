// Events of long sealed months on their way from the table to the archive: none lost, none doubled, the same bytes.
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { ulid } from 'ulidx';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { archiveDay, archiveDue } from '../../lambdas/billing/domain/archive-events.ts';
import { readEvents } from '../../lambdas/billing/domain/read-events.ts';
import { readUsage } from '../../lambdas/billing/domain/read-usage.ts';
import { free } from '../unit/billing/charge-request.ts';
import { ARCHIVE_BUCKET, type BooksPlace, startBooks } from './books-place.ts';
import { dying, killedAtEachCall } from './dying.ts';

const at = (text: string) => Date.parse(`${text}Z`);
const DAY_MS = 86_400_000;
const KEY = 'key_01JDA8Z5V4W1T4E5R6T7Y8V9P0';
const DAYS = ['2026-01-05', '2026-01-06'] as const;
const SEALED = at('2026-02-01T01:00:00');
const RETENTION_DAYS = 36;
const LATER = at('2026-01-31T23:59:59') + (RETENTION_DAYS + 1) * DAY_MS;

let books: BooksPlace;

beforeAll(async () => {
  books = await startBooks();
});
afterAll(() => books?.stop());

/** An account with a sealed January. @param few - two events on one day */
const sealedAccount = async (few = false): Promise<string> => {
  const accountId = `acc_${ulid(SEALED)}`;
  await books.grantAt(accountId, at('2026-01-01T00:00:00'), 2n ** 61n);
  await books.chargeAt(accountId, at('2026-01-05T10:00:01'));
  await books.chargeAt(accountId, at('2026-01-05T10:00:00'), { keyId: KEY, price: free });
  if (few) {
    await books.sealAt(SEALED);
    return accountId;
  }
  await books.chargeAt(accountId, at('2026-01-05T23:59:59'), {
    model: 'acme.wine',
    rowCount: 10,
    // More micros than a float can hold.
    price: { perCallMicros: '3', perRowMicros: '999999999999999', version: 3 },
  });
  await books.chargeAt(accountId, at('2026-01-06T00:00:00'));
  await books.sealAt(SEALED);
  return accountId;
};

/** Every event as it was written, wherever it lies now. */
const linesOf = async (accountId: string): Promise<string[]> => {
  const lines: string[] = [];
  for (const day of DAYS) for await (const event of readEvents(books.stores, accountId, day)) lines.push(event.line());
  return lines;
};

const usageOf = (accountId: string) =>
  readUsage(books.stores, {
    accountId,
    span: { fromMs: at('2026-01-01T00:00:00'), toMs: at('2026-02-01T00:00:00') },
    byHour: false,
  });

const archive = (nowMs: number, stores = books.stores) =>
  archiveDue(stores, { nowMs, retentionDays: RETENTION_DAYS, deadlineMs: Number.POSITIVE_INFINITY, clock: () => 0 });

it('leaves what is younger than the retention, and moves what is older', async () => {
  const accountId = await sealedAccount();
  const [lines, usage] = [await linesOf(accountId), await usageOf(accountId)];
  expect(lines).toHaveLength(4);
  await archive(LATER - 2 * DAY_MS);
  expect(await books.eventsOf(accountId)).toHaveLength(4);
  expect(await archive(LATER)).toMatchObject({ dayCount: 2, eventCount: 4 });
  expect(await books.eventsOf(accountId)).toEqual([]);
  expect(await linesOf(accountId)).toEqual(lines);
  expect(await usageOf(accountId)).toEqual(usage);
  expect(await archive(LATER)).toMatchObject({ dueCount: 0 });
  for (const full of [false, true]) {
    expect(await books.audit({ nowMs: LATER, full, accountId })).toMatchObject({
      findings: [],
      eventCount: full ? 4 : 0,
    });
  }
});

it('writes lines that DynamoDB’s own import reads, whose checksum is on record', async () => {
  const accountId = await sealedAccount();
  await archive(LATER);
  const record = await books.stores.archive.find(accountId, DAYS[0]);
  if (!record) throw new Error('the day is not on record');
  expect(record).toMatchObject({ key: `events/${accountId}/${DAYS[0]}.jsonl.gz`, eventCount: 3, emptied: true });
  const { Body } = await books.s3.send(new GetObjectCommand({ Bucket: ARCHIVE_BUCKET, Key: record.key }));
  const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(record.sha256);
  const items = gunzipSync(bytes)
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).Item);
  expect(items.map(({ amountMicros }) => amountMicros)).toEqual([{ N: '0' }, { N: '230' }, { N: '9999999999999993' }]);
  expect(items[2]).toMatchObject({
    accountId: { S: accountId },
    price: { M: { perRowMicros: { S: '999999999999999' }, version: { N: '3' } } },
    legs: { M: { consumer: { N: '-9999999999999993' } } },
  });
  expect(record.amountMicros).toBe(9999999999999993n + 230n);
});

it('loses and doubles nothing, killed at each of its calls', { timeout: 240_000 }, async () => {
  const { deathCount } = await killedAtEachCall(async (death) => {
    const accountId = await sealedAccount(true);
    const lines = await linesOf(accountId);
    const mortal = dying(books.stores, death);
    await archive(LATER, mortal.ports).catch(() => {});
    expect(await linesOf(accountId)).toEqual(lines);
    await archive(LATER);
    expect(await linesOf(accountId)).toEqual(lines);
    expect(await books.eventsOf(accountId)).toEqual([]);
    return mortal.died();
  });
  expect(deathCount).toBeGreaterThan(20);
});

it('makes the same object again, when it is killed after it wrote one', async () => {
  const accountId = await sealedAccount();
  const killed = {
    ...books.stores,
    archive: { ...books.stores.archive, record: async () => Promise.reject('killed') },
  };
  await expect(archiveDay(killed, accountId, DAYS[0])).rejects.toBe('killed');
  const archived = await archiveDay(books.stores, accountId, DAYS[0]);
  if (!archived) throw new Error('the day is open');
  const { key, versionId } = archived;
  const { Versions = [] } = await books.s3.send(new ListObjectVersionsCommand({ Bucket: ARCHIVE_BUCKET, Prefix: key }));
  expect(Versions).toHaveLength(2);
  expect(new Set(Versions.map(({ ETag }) => ETag)).size).toBe(1);
  expect(Versions.some((version) => version.VersionId === versionId)).toBe(true);
});

it('does it once, when two do it at once', async () => {
  for (let round = 0; round < 5; round++) {
    const accountId = await sealedAccount();
    const lines = await linesOf(accountId);
    await Promise.all([archiveDay(books.stores, accountId, DAYS[0]), archiveDay(books.stores, accountId, DAYS[0])]);
    await archive(LATER);
    expect(await linesOf(accountId)).toEqual(lines);
    expect(await books.eventsOf(accountId)).toEqual([]);
  }
});

it('deletes nothing when the object cannot be read back, and nothing of a day that does not add up', async () => {
  const accountId = await sealedAccount();
  const [event] = await books.eventsOf(accountId);
  const read = async () => Promise.reject(new Error('not there'));
  const blind = { ...books.stores, objects: { ...books.stores.objects, read } };
  await expect(archiveDay(blind, accountId, DAYS[0])).rejects.toThrow('not there');
  expect(await books.eventsOf(accountId)).toHaveLength(4);

  const other = await sealedAccount();
  const [first, ...rest] = await books.eventsOf(other);
  await books.put({ ...first, rowCount: 8 });
  await expect(archiveDay(books.stores, other, DAYS[0])).rejects.toThrow('its events and its sum differ');
  expect(await books.eventsOf(other)).toHaveLength(1 + rest.length);
  await books.put({ ...first, rowCount: event?.rowCount });
  expect(await archiveDay(books.stores, other, DAYS[0])).toMatchObject({ emptied: true });
});

it('gives a reader every event once, though the day moves while it reads', async () => {
  const accountId = await sealedAccount();
  const lines: string[] = [];
  for await (const event of readEvents(books.stores, accountId, DAYS[0])) {
    if (lines.length === 0) await archive(LATER);
    lines.push(event.line());
  }
  expect(lines).toEqual((await linesOf(accountId)).slice(0, 3));
});

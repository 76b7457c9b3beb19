// The auditor over many accounts: in parts, page by page, day by day.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dynamoAudit } from '../../lambdas/billing/adapters/dynamo-audit.ts';
import { dynamoAuditProgress } from '../../lambdas/billing/adapters/dynamo-audit-progress.ts';
import { auditInParts } from '../../lambdas/billing/domain/audit/audit-in-parts.ts';
import { type AuditReport, auditTable } from '../../lambdas/billing/domain/audit/audit-table.ts';
import type { Finding } from '../../lambdas/billing/domain/audit/checks.ts';
import { recount } from '../../lambdas/billing/domain/audit/recount.ts';
import { TABLE } from './billing-place.ts';
import { makeAccount, NOW_MS, OLD_QUOTA } from './books-account.ts';
import { type BooksPlace, startBooks } from './books-place.ts';

const DAY_MS = 86_400_000;

let books: BooksPlace;

beforeAll(async () => {
  books = await startBooks();
});
afterAll(() => books?.stop());

/** Pages of a few items, as a table has that is larger than a megabyte. */
const small = () => ({
  ...books.stores,
  audit: dynamoAudit(books.client, TABLE, 15),
  progress: dynamoAuditProgress(books.client, TABLE),
});

it('finds in parts what it finds at once, each account once, and rests until the next day', async () => {
  const accounts = [await makeAccount(books), await makeAccount(books), await makeAccount(books)];
  const [odd] = accounts;
  const sound = await books.item(String(odd), 'wallet');
  await books.put({ ...sound, avail: 5 });
  const whole = await auditTable(books.stores, { full: false, deadlineMs: 0, clock: () => NOW_MS });
  expect(whole).toMatchObject({ accountCount: 3, findings: [{ accountId: odd, check: 'balance' }] });
  let [accountCount, runCount] = [0, 0];
  const findings: Finding[] = [];
  const tell = (part: AuditReport) => findings.push(...part.findings);
  for (;;) {
    let looks = 0;
    const report = await auditInParts(small(), { deadlineMs: NOW_MS + 5, clock: () => NOW_MS + looks++, tell });
    if (!report) break;
    accountCount += report.accountCount;
    runCount++;
  }
  expect(runCount).toBeGreaterThan(2);
  expect(accountCount).toBe(3);
  expect(findings).toMatchObject([{ accountId: odd, check: 'balance', at: 'wallet' }]);
  const tomorrow = NOW_MS + DAY_MS;
  expect(await auditInParts(small(), { deadlineMs: tomorrow, clock: () => tomorrow, tell })).toBeDefined();
  await books.put(sound);
});

it('goes on in the middle of a page, at a wallet', async () => {
  for (const _ of [1, 2, 3]) await makeAccount(books);
  const { scan } = dynamoAudit(books.client, TABLE);
  const whole = await scan(undefined, undefined);
  const [first, ...others] = whole.wallets;
  expect(others.length).toBeGreaterThan(1);
  expect((await scan(first?.place, undefined)).wallets).toEqual(others);
});

it('goes on where a run was killed', async () => {
  const ports = small();
  let pages = 0;
  const audit: typeof ports.audit = {
    ...ports.audit,
    scan: async (...args) => {
      if (pages++ === 3) throw new Error('killed');
      return ports.audit.scan(...args);
    },
  };
  const nowMs = NOW_MS + 3 * DAY_MS;
  const tell = () => {};
  const time = { deadlineMs: nowMs + DAY_MS, clock: () => nowMs, tell };
  // The run of the test before is still under way.
  await auditInParts(ports, time);
  const later = nowMs + DAY_MS;
  const timeLater = { deadlineMs: later + DAY_MS, clock: () => later, tell };
  await expect(auditInParts({ ...ports, audit }, timeLater)).rejects.toThrow('killed');
  const killed = await ports.progress.find();
  expect(killed).toMatchObject({ finished: false, startedAtMs: later, after: expect.anything() });
  expect((await auditInParts(ports, timeLater))?.findingCount).toBe(0);
  expect(await ports.progress.find()).toMatchObject({ finished: true, startedAtMs: later });
});

it('re-derives every sealed day once in four weeks', async () => {
  const accountId = await makeAccount(books);
  await books.put({ ...(await books.item(`${accountId}#archive`, '2026-03-05')), sha256: 'b'.repeat(64) });
  const turn = 28 - (((NOW_MS - (NOW_MS % DAY_MS) - Date.parse('2026-03-05')) / DAY_MS) % 28);
  const found: string[] = [];
  for (const day of [turn - 1, turn, turn + 1, turn + 28]) {
    const nowMs = NOW_MS + day * DAY_MS;
    const request = { full: false, rota: true, accountId, deadlineMs: 0, clock: () => nowMs };
    for (const { check } of (await auditTable(books.stores, request)).findings) found.push(`${day - turn} ${check}`);
  }
  expect(found).toEqual(['0 archive_object', '28 archive_object']);
});

it('derives a counter whose period began before the last seal once in four weeks', async () => {
  const accountId = await makeAccount(books);
  const counter = await books.item(`${accountId}#quota`, OLD_QUOTA);
  await books.put({ ...counter, used: 5 });
  const begunDays = Math.floor(NOW_MS / DAY_MS) - Date.parse('2026-05-20') / DAY_MS;
  const turn = 28 - (begunDays % 28);
  const found: string[] = [];
  for (const day of [turn - 1, turn, turn + 1]) {
    const nowMs = NOW_MS + day * DAY_MS;
    const request = { full: false, rota: true, accountId, deadlineMs: 0, clock: () => nowMs };
    for (const { check, expected } of (await auditTable(books.stores, request)).findings)
      found.push(`${day - turn} ${check}: ${expected}`);
  }
  expect(found).toEqual(['0 quota: 2 included calls']);
});

it.each([
  ['minute', '2026-06-18T12:10', 'minute_sum'],
  ['hour', '2026-06-18T09', 'hour_sum'],
  ['day', '2026-06-02', 'day_sum'],
  ['month', '2026-05', 'month_sum'],
] as const)('the sum of a %s is mended by counting it again', async (granularity, period, check) => {
  const accountId = await makeAccount(books);
  const sum = (await books.scan(accountId)).find(({ sk }) => String(sk).startsWith(`${granularity}#${period}#`));
  await books.put({ ...sum, calls: 40 });
  const audit = async () => (await books.audit({ nowMs: NOW_MS, full: true, accountId })).findings;
  expect((await audit()).map((finding) => finding.check)).toContain(check);
  await recount(books.stores, accountId, period);
  await books.sealAt(NOW_MS);
  expect(await audit()).toEqual([]);
});

it('a minute in the archive is not counted again from an empty table', async () => {
  const accountId = await makeAccount(books);
  await expect(recount(books.stores, accountId, '2026-03-05T10:20')).rejects.toThrow('are in the archive');
  await expect(recount(books.stores, accountId, 'yesterday')).rejects.toThrow(RangeError);
});

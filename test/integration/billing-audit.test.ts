// The auditor against real books: silent on sound ones, and naming every corruption that is planted in them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAccount, NOW_MS } from './books-account.ts';
import { editorOf } from './books-editor.ts';
import { type BooksPlace, startBooks } from './books-place.ts';
import { plants } from './books-plants.ts';

let books: BooksPlace;
let accountId: string;

beforeAll(async () => {
  books = await startBooks();
  accountId = await makeAccount(books);
});
afterAll(() => books?.stop());

const audit = (full: boolean) => books.audit({ nowMs: NOW_MS, full, accountId });

/** Puts everything back as it was. */
const restore = async (before: readonly Record<string, unknown>[]) => {
  const keys = new Set(before.map(({ pk, sk }) => `${pk} ${sk}`));
  for (const item of await books.scan(accountId)) if (!keys.has(`${item.pk} ${item.sk}`)) await books.remove(item);
  for (const item of before) await books.put(item);
};

describe('the auditor', () => {
  it.each([false, true])('finds nothing in sound books (full: %s)', async (full) => {
    const report = await audit(full);
    expect(report).toMatchObject({ findings: [], accountCount: 1, differenceMicros: 0n, undecidedMicros: 0n });
    expect(report.eventCount).toBe(full ? 21 : 12);
  });

  it.each(plants.map((one) => [one.what, one.finds.join(', '), one] as const))('names %s: %s', async (_, __, one) => {
    const before = await books.scan(accountId);
    const mend = await one.plant(editorOf(books, accountId));
    const [since, full] = await Promise.all([audit(false), audit(true)]).finally(() => restore(before));
    if (typeof mend === 'function') await mend();
    const checks = ({ findings }: typeof full) => [...new Set(findings.map(({ check }) => check))].sort();
    expect(checks(full)).toEqual(one.finds);
    expect(checks(since)).toEqual(one.sinceSeal ?? one.finds);
    for (const finding of full.findings) expect(finding).toMatchObject({ accountId, at: expect.stringMatching(/./) });
  });

  it.each([false, true])('finds nothing once what was planted is mended (full: %s)', async (full) => {
    expect((await audit(full)).findings).toEqual([]);
  });
});

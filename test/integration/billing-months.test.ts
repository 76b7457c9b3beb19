// Sealed months: chained over idle ones, and closed to whatever comes late.
import { ulid } from 'ulidx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grantFunds } from '../../lambdas/billing/domain/grant-funds.ts';
import { chargeRequest, free } from '../unit/billing/charge-request.ts';
import { type BooksPlace, startBooks } from './books-place.ts';

const at = (text: string) => Date.parse(`${text}Z`);
const HOUR_MS = 3_600_000;

let books: BooksPlace;

beforeAll(async () => {
  books = await startBooks();
});
afterAll(() => books?.stop());

const newAccount = () => `acc_${ulid(Date.now())}`;
const monthsOf = (accountId: string) => books.stores.months.list(accountId);
/** Days first, whose sealing marks the month, and then the month. */
const sealUntil = (text: string) => books.sealAt(at(text));

describe('a sealed month', () => {
  it('opens with what the last one closed with, however long the account was idle', async () => {
    const accountId = newAccount();
    await books.grantAt(accountId, at('2026-01-10T00:00:00'), 2n ** 60n);
    await books.chargeAt(accountId, at('2026-01-31T23:59:59.999'));
    await sealUntil('2026-02-01T01:00:00');
    await sealUntil('2026-04-15T00:00:00');
    await books.chargeAt(accountId, at('2026-05-01T00:00:00'));
    await books.grantAt(accountId, at('2026-05-31T23:59:59.999'), 7n);
    await sealUntil('2026-06-01T01:00:00');
    await books.chargeAt(accountId, at('2026-06-01T02:00:00'));
    const january = {
      month: '2026-01',
      openingMicros: 0n,
      grantsMicros: 2n ** 60n,
      grantCount: 1,
      debitsMicros: 230n,
      eventCount: 1,
      closingMicros: 2n ** 60n - 230n,
    };
    expect(await monthsOf(accountId)).toEqual([
      january,
      {
        month: '2026-05',
        openingMicros: january.closingMicros,
        grantsMicros: 7n,
        grantCount: 1,
        debitsMicros: 230n,
        eventCount: 1,
        closingMicros: january.closingMicros - 223n,
      },
    ]);
    expect(await books.stores.usage.sums(accountId, 'month', '2026-01', '2026-12')).toMatchObject([
      { period: '2026-01', model: 'acme.iris', calls: 1, rows: 3, amountMicros: 230n },
      { period: '2026-05', model: 'acme.iris', calls: 1, rows: 3, amountMicros: 230n },
    ]);
  });

  it('waits an hour, and for the last open day before it', async () => {
    const accountId = newAccount();
    await books.grantAt(accountId, at('2026-07-01T00:00:00'), 1_000n);
    await books.chargeAt(accountId, at('2026-07-31T23:59:00'));
    await sealUntil('2026-08-01T00:59:59');
    expect(await monthsOf(accountId)).toEqual([]);
    const marker = { pk: `${accountId}#open`, sk: '2026-07-30' };
    await books.put({ ...marker, accountId, schema: 1 });
    await sealUntil('2026-08-01T01:00:00');
    expect(await monthsOf(accountId)).toEqual([]);
    await books.remove(marker);
    await sealUntil('2026-08-01T01:01:00');
    expect(await monthsOf(accountId)).toMatchObject([{ month: '2026-07', closingMicros: 770n }]);
  });

  it('is the same bytes, whoever seals it and however often', async () => {
    const accountId = newAccount();
    await books.grantAt(accountId, at('2026-07-01T00:00:00'), 1_000n);
    await books.chargeAt(accountId, at('2026-07-02T00:00:00'));
    await books.place.seal(at('2026-08-01T01:00:00'));
    await Promise.all(Array.from({ length: 3 }, () => sealUntil('2026-08-01T01:00:00')));
    const first = await books.item(`${accountId}#months`, '2026-07');
    await books.put({ ...(await marker(accountId, '2026-07')) });
    await sealUntil('2026-09-30T00:00:00');
    expect(await books.item(`${accountId}#months`, '2026-07')).toEqual(first);
    expect(await monthsOf(accountId)).toHaveLength(1);
  });

  it('holds free calls alone, of an account that never had money', async () => {
    const accountId = newAccount();
    await books.chargeAt(accountId, at('2026-07-02T00:00:00'), { price: free });
    await sealUntil('2026-08-01T01:00:00');
    expect(await monthsOf(accountId)).toMatchObject([{ month: '2026-07', closingMicros: 0n, eventCount: 1 }]);
    expect((await books.audit({ nowMs: at('2026-08-02T00:00:00'), full: true, accountId })).findings).toEqual([]);
  });

  it('is not made of nothing', async () => {
    const accountId = newAccount();
    const { inferenceId, compute } = chargeRequest(at('2026-07-02T00:00:00'));
    // Prepared for a call that never came to be charged.
    await books.place.billing().prepare({ accountId, inferenceId, amountMicros: 0n, longestRun: compute });
    await sealUntil('2026-08-01T01:00:00');
    expect(await monthsOf(accountId)).toEqual([]);
    expect((await books.audit({ nowMs: at('2026-08-02T00:00:00'), full: true, accountId })).findings).toEqual([]);
  });

  const marker = async (accountId: string, month: string) => ({
    pk: `${accountId}#months`,
    sk: `open#${month}`,
    gsi1pk: 'months',
    gsi1sk: `${month}#${accountId}`,
    schema: 1,
    accountId,
    month,
  });
});

describe('a grant', () => {
  const grant = { type: 'grant', amountMicros: 5n, reason: 'late', grantedBy: 'usr_test' } as const;

  it('with an id of a sealed month is refused, takes a new id and stands in the month that it was written in', async () => {
    const accountId = newAccount();
    await books.grantAt(accountId, at('2026-09-01T00:00:00'), 100n);
    await sealUntil('2026-10-01T01:00:00');
    // Its first id was made just before the month's end, and then it was held up.
    const times = [at('2026-09-30T23:59:59'), at('2026-10-01T01:00:30')];
    const made: string[] = [];
    const entry = await grantFunds(
      {
        ledger: books.stores.ledger,
        clock: () => times.shift() ?? 0,
        newEntryId: (ms) => {
          made.push(`txn_${ulid(ms)}`);
          return made.at(-1) ?? '';
        },
      },
      { ...grant, accountId },
      { by: accountId, key: 'late', requestSha256: 'a'.repeat(64) },
    );
    expect(entry.id).toBe(made[1]);
    expect(await books.place.avail(accountId)).toBe(105n);
    await sealUntil('2026-11-01T01:00:00');
    expect(await monthsOf(accountId)).toMatchObject([
      { month: '2026-09', grantsMicros: 100n, closingMicros: 100n },
      { month: '2026-10', grantsMicros: 5n, openingMicros: 100n, closingMicros: 105n },
    ]);
    expect((await books.audit({ nowMs: at('2026-11-02T00:00:00'), full: true, accountId })).findings).toEqual([]);
  });

  it('whose clock is minutes behind is told so, and nothing is granted', async () => {
    const accountId = newAccount();
    await books.grantAt(accountId, at('2026-09-01T00:00:00'), 100n);
    await books.stores.wallets.fence(accountId, '2026-09-30T23:59');
    const late = grantFunds(
      {
        ledger: books.stores.ledger,
        clock: () => at('2026-09-30T23:59:59'),
        newEntryId: (ms) => `txn_${ulid(ms)}`,
      },
      { ...grant, accountId },
      undefined,
    );
    await expect(late).rejects.toMatchObject({ code: 'unavailable', extras: { headers: { 'retry-after': '60' } } });
    expect(await books.place.avail(accountId)).toBe(100n);
    expect(await books.stores.ledger.between(accountId, 0, Date.now() + 365 * 24 * HOUR_MS)).toHaveLength(1);
  });

  it('that races with the sealing of its month is in it, or in the next, and never lost', async () => {
    for (let round = 0; round < 8; round++) {
      const accountId = newAccount();
      await books.grantAt(accountId, at('2026-09-01T00:00:00'), 100n);
      const times = [at('2026-09-30T23:59:59'), at('2026-10-01T01:00:30')];
      const [entry] = await Promise.all([
        grantFunds(
          {
            ledger: books.stores.ledger,
            clock: () => times.shift() ?? 0,
            newEntryId: (ms) => `txn_${ulid(ms)}`,
          },
          { ...grant, accountId },
          undefined,
        ),
        sealUntil('2026-10-01T01:00:00'),
      ]);
      await sealUntil('2026-11-01T01:00:00');
      const months = await monthsOf(accountId);
      expect(months.at(-1)?.closingMicros).toBe(105n);
      expect(entry.amountMicros).toBe(5n);
      const audited = await books.audit({ nowMs: at('2026-11-02T00:00:00'), full: true, accountId });
      expect(audited.findings).toEqual([]);
    }
  });
});

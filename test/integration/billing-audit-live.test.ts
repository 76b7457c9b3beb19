// The auditor beside calls that go on: no false alarm, and no corruption that hides behind them.
import { ulid } from 'ulidx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditTable } from '../../lambdas/billing/domain/audit/audit-table.ts';
import { chargeRequest } from '../unit/billing/charge-request.ts';
import { TABLE } from './billing-place.ts';
import { type BooksPlace, startBooks } from './books-place.ts';

let books: BooksPlace;

beforeAll(async () => {
  books = await startBooks();
});
afterAll(() => books?.stop());

const ALWAYS = { deadlineMs: Number.POSITIVE_INFINITY, clock: Date.now };

/** Charges, grants and seals without a pause until told to stop. */
const trafficOn = (accountId: string, callerCount: number) => {
  let running = true;
  let callCount = 0;
  const billing = books.billing();
  const caller = async () => {
    while (running) {
      await billing.charge(chargeRequest(Date.now(), { accountId, rowCount: callCount % 7 }));
      callCount++;
    }
  };
  const grants = async () => {
    for (; running; await new Promise((resolve) => setTimeout(resolve, 300))) {
      await books.grantAt(accountId, Date.now(), 3n);
    }
  };
  const sealer = async () => {
    for (; running; await new Promise((resolve) => setTimeout(resolve, 100))) await books.sealAt(Date.now());
  };
  const done = Promise.all([...Array.from({ length: callerCount }, caller), grants(), sealer()]);
  return async () => {
    running = false;
    await done;
    return callCount;
  };
};

describe('while calls go on', () => {
  const stores = () => ({
    ...books.stores,
    sleep: (ms: number) => new Promise<void>((done) => setTimeout(done, ms / 10)),
  });

  it.each([1, 4])('%i callers without a pause raise no false alarm', async (callerCount) => {
    const accountId = `acc_${ulid(Date.now())}`;
    await books.grantAt(accountId, Date.now() - 400_000, 1_000_000_000n);
    for (const agoMs of [310_000, 250_000, 190_000]) await books.chargeAt(accountId, Date.now() - agoMs);
    const stop = trafficOn(accountId, callerCount);
    const reports = [];
    for (const full of [true, false]) reports.push(await auditTable(stores(), { full, accountId, ...ALWAYS }));
    expect(await stop()).toBeGreaterThan(10);
    for (const report of reports) {
      expect(report).toMatchObject({ findings: [], differenceMicros: 0n, accountCount: 1 });
      // What no look could decide is told, and is no more than the calls of one look.
      expect(report.undecidedMicros).toBeLessThan(50_000n);
    }
    const quiet = await auditTable(stores(), { full: true, accountId, ...ALWAYS });
    expect(quiet).toMatchObject({ findings: [], differenceMicros: 0n, undecidedMicros: 0n });
  });

  it('a debit that was done twice is named all the same', async () => {
    const accountId = `acc_${ulid(Date.now())}`;
    await books.grantAt(accountId, Date.now() - 400_000, 1_000_000_000n);
    const stop = trafficOn(accountId, 1);
    await books.client.update({
      TableName: TABLE,
      Key: { pk: accountId, sk: 'wallet' },
      UpdateExpression: 'SET avail = avail - :twice ADD revision :one',
      ExpressionAttributeValues: { ':twice': 100_230n, ':one': 1 },
    });
    const report = await auditTable(stores(), { full: false, accountId, ...ALWAYS }).finally(stop);
    expect(report.findings).toMatchObject([{ check: 'balance', at: 'wallet', accountId }]);
    const quiet = await auditTable(stores(), { full: false, accountId, ...ALWAYS });
    expect(quiet).toMatchObject({ findings: [{ check: 'balance' }], differenceMicros: 100_230n, undecidedMicros: 0n });
    await books.client.update({
      TableName: TABLE,
      Key: { pk: accountId, sk: 'wallet' },
      UpdateExpression: 'SET avail = avail + :twice',
      ExpressionAttributeValues: { ':twice': 100_230n },
    });
  });
});

// Minutes, hours, days and months against the plain sum of the events: whatever happens to the sealer, and however late
// it comes, they end up equal.
import { ulid } from 'ulidx';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { readUsage } from '../../lambdas/billing/domain/read-usage.ts';
import { sealDue } from '../../lambdas/billing/domain/seal.ts';
import { sealDueMonths } from '../../lambdas/billing/domain/seal-months.ts';
import type { OpenPeriods } from '../../lambdas/billing/ports.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { free } from '../unit/billing/charge-request.ts';
import { TABLE } from './billing-place.ts';
import { type BooksPlace, startBooks } from './books-place.ts';
import { levels, storedSums, truthOf } from './books-truth.ts';
import { dying, killedAtEachCall } from './dying.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const KEY = 'key_01JDA8Z5V4W1T4E5R6T7Y8V9P0';
const at = (text: string) => Date.parse(`${text}Z`);

let books: BooksPlace;

beforeAll(async () => {
  books = await startBooks();
});
afterAll(() => books?.stop());
afterEach(() => {
  vi.useRealTimers();
});

/** An account with money, charged at each of these moments by one model and key or another. */
const chargedAt = async (times: readonly number[]): Promise<string> => {
  const accountId = `acc_${ulid(times[0])}`;
  await books.grantAt(accountId, times[0] ?? 0, 1_000_000n);
  for (const [index, ms] of times.entries()) {
    await books.chargeAt(accountId, ms, {
      model: index % 2 === 0 ? 'acme.iris' : 'acme.wine',
      keyId: index % 3 === 0 ? KEY : undefined,
      rowCount: index,
      ...(index % 4 === 3 ? { price: free } : {}),
    });
  }
  return accountId;
};

/** Stores that show the sealer this account alone. */
const storesOf = (accountId: string) => {
  const only = <T extends { accountId: string }>(due: T[]) => due.filter((one) => one.accountId === accountId);
  const { open, months } = books.stores;
  return {
    ...books.stores,
    open: { ...open, due: async (last: string, limit: number) => only(await open.due(last, limit)) },
    months: { ...months, due: async (before: string, limit: number) => only(await months.due(before, limit)) },
  };
};

const time = (nowMs: number) => ({ nowMs, deadlineMs: Number.POSITIVE_INFINITY, clock: () => 0 });

const usageOf = async (accountId: string, nowMs: number) => {
  const span = { fromMs: nowMs - 90 * 24 * HOUR_MS - (nowMs % HOUR_MS), toMs: nowMs + HOUR_MS - (nowMs % HOUR_MS) };
  const sums = await readUsage(books.stores, { accountId, span, byHour: false });
  return sums.reduce((total, sum) => total + sum.calls, 0);
};

const expectSealed = async (accountId: string) => {
  expect(await books.stores.open.list(accountId)).toEqual([]);
  expect(await storedSums(books, accountId)).toEqual(await truthOf(books, accountId, levels));
};

const times = ['2026-03-30T23:58:10', '2026-03-30T23:58:50', '2026-03-31T00:00:00', '2026-03-31T23:59:59'].map(at);
const LATER = at('2026-04-01T01:00:00');

describe('roll-ups', () => {
  it('equal the events though the sealer is killed at each of its calls', { timeout: 240_000 }, async () => {
    const few = [times[0] ?? 0, times[3] ?? 0];
    const { deathCount } = await killedAtEachCall(async (death) => {
      const accountId = await chargedAt(few);
      const mortal = dying(storesOf(accountId), death);
      const run = async (stores: ReturnType<typeof storesOf>) => {
        await sealDue(stores, time(LATER));
        await sealDueMonths(stores, time(LATER));
      };
      await run(mortal.ports).catch(() => {});
      expect(await usageOf(accountId, LATER)).toBe(few.length);
      await run(storesOf(accountId));
      await expectSealed(accountId);
      return mortal.died();
    });
    expect(deathCount).toBeGreaterThan(50);
  });

  it('equal the events when two sealers run at once, see the index late and in any order', async () => {
    const accountId = await chargedAt([...times, ...times.map((ms) => ms - 3 * HOUR_MS)].sort());
    let seed = 1;
    const random = () => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const stores = storesOf(accountId);
    const due: OpenPeriods['due'] = async (last, limit) =>
      (await stores.open.due(last, limit))
        .filter(() => random() < 0.6)
        .map((one) => ({ one, rank: random() }))
        .sort((a, b) => a.rank - b.rank)
        .map(({ one }) => one);
    const confused = { ...stores, open: { ...stores.open, due } };
    for (let runs = 0; (await stores.open.list(accountId)).length > 0; runs++) {
      expect(runs).toBeLessThan(40);
      await Promise.all([sealDue(confused, time(LATER)), sealDue(confused, time(LATER))]);
      expect(await usageOf(accountId, LATER)).toBe(8);
    }
    await Promise.all([sealDueMonths(stores, time(LATER)), sealDueMonths(stores, time(LATER))]);
    await expectSealed(accountId);
  });

  it('stay equal when a sealer that was held up for an hour goes on with what it read', async () => {
    const accountId = await chargedAt(times.slice(0, 2));
    const stores = storesOf(accountId);
    let goOn = () => {};
    const heldUp = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const setSums: typeof stores.usage.setSums = async (...args) => {
      await heldUp;
      await stores.usage.setSums(...args);
    };
    const setMinutePart: typeof stores.usage.setMinutePart = async (...args) => {
      await heldUp;
      return stores.usage.setMinutePart(...args);
    };
    const slow = sealDue({ ...stores, usage: { ...stores.usage, setSums, setMinutePart } }, time(LATER));
    await sealDue(stores, time(LATER));
    await sealDueMonths(stores, time(LATER));
    goOn();
    await slow;
    await sealDueMonths(stores, time(LATER));
    await expectSealed(accountId);
  });
});

describe('the schedule’s own handler', () => {
  /** Everything that a network and AWS do to a function's requests. */
  const rates = {
    'drop-request': 0.02,
    'drop-answer': 0.03,
    'error-before': 0.03,
    'error-after': 0.03,
    throttle: 0.03,
    duplicate: 0.1,
    delay: 0.05,
  };

  it('catches up after more than a lost day, over a network that fails', { timeout: 240_000 }, async () => {
    const first = at('2026-04-29T20:00:30');
    const last = first + 30 * HOUR_MS;
    const everyHalfHour = Array.from({ length: 60 }, (_, index) => first + index * 30 * MINUTE_MS);
    const accountId = await chargedAt(everyHalfHour);
    const other = await chargedAt(everyHalfHour.slice(0, 5));
    const proxy = new FaultProxy({
      target: books.emulator.endpoint,
      seed: 11,
      rates: { '*': rates, UpdateItem: { ...rates, conflict: 0.2 } },
      maxDelayMs: 30,
    });
    Object.assign(process.env, books.emulator.env, { AWS_ENDPOINT_URL: await proxy.start(), BILLING_TABLE: TABLE });
    const { handler } = await import('../../lambdas/billing/handlers/sealer.ts');
    vi.useFakeTimers({ toFake: ['Date'], now: last + 3 * MINUTE_MS });
    let failedCount = 0;
    const runs = async (nowMs: number) => {
      vi.setSystemTime(nowMs);
      // The schedule may start two at once; one that fails is followed by the next minute's.
      const [one, two] = await Promise.allSettled([handler(), handler()]);
      failedCount += Number(one.status === 'rejected') + Number(two.status === 'rejected');
    };
    for (let minute = 0; minute < 4; minute++) await runs(last + (3 + minute) * MINUTE_MS);
    expect(await usageOf(accountId, last)).toBe(60);
    const open = (await books.stores.open.list(accountId)).filter((period) => period.length === 16);
    expect(open).toEqual([]);
    for (let minute = 0; minute < 8; minute++)
      await runs(at('2026-05-01T01:00:00') + 36 * HOUR_MS + minute * MINUTE_MS);
    proxy.enabled = false;
    await runs(at('2026-05-03T00:00:00'));
    await proxy.stop();
    expect(Object.values(proxy.counts()).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(50);
    for (const one of [accountId, other]) await expectApril(one);
    const audited = await books.audit({ nowMs: Date.now(), full: true, accountId });
    expect({ ...audited, failedCount }).toMatchObject({ findings: [], eventCount: 60 });
  });

  /** Of the two months that it charged in, April alone is over. */
  const expectApril = async (accountId: string) => {
    const truth = Object.entries(await truthOf(books, accountId, levels));
    const sealed = truth.filter(([name]) => !name.startsWith('month 2026-05'));
    expect(await storedSums(books, accountId)).toEqual(Object.fromEntries(sealed));
    expect(await books.stores.open.list(accountId)).toEqual([]);
  };
});

// Balance, usage, ledger and grants as the API tells them, before, while and after minutes are sealed.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { billingRoutes } from '../../lambdas/billing/contract.ts';
import { sealDue } from '../../lambdas/billing/domain/seal.ts';
import { minuteOf } from '../../lambdas/billing/domain/usage-key.ts';
import { createGrant } from '../../lambdas/billing/routes/create-grant.ts';
import { getBalance } from '../../lambdas/billing/routes/get-balance.ts';
import { getUsage } from '../../lambdas/billing/routes/get-usage.ts';
import { listGrants } from '../../lambdas/billing/routes/list-grants.ts';
import { listLedger } from '../../lambdas/billing/routes/list-ledger.ts';
import { createApi } from '../../lambdas/shared/platform/api.ts';
import { newId } from '../../lambdas/shared/platform/new-id.ts';
import { callHandler } from '../support/http-event.ts';
import { unlimited } from '../support/unlimited.ts';
import { chargeRequest, free, inferenceIdAt } from '../unit/billing/charge-request.ts';
import { type Place, startPlace } from './billing-place.ts';

const HOUR_MS = 3_600_000;
const UNKNOWN = 'acc_01JDA8Z5V4W1T4E5R6T7Y8V9P9';
const KEY = 'key_01JDA8Z5V4W1T4E5R6T7Y8V9P0';

const { getPrices: _get, setPrices: _set, listPrices: _list, ...ofUsageAndGrants } = billingRoutes;

let place: Place;
let api: unknown;

beforeAll(async () => {
  place = await startPlace();
  const { wallets, ledger } = place.stores;
  api = createApi({
    limit: unlimited,
    routes: ofUsageAndGrants,
    // The bearer is the account's id.
    authenticate: async ({ authorization = '' }) => ({
      accountId: authorization.replace('Bearer ', ''),
      handle: undefined,
      userId: 'usr_01JDA8Z5V4W1T4E5R6T7Y8V9P2',
      role: 'owner',
      operator: true,
      via: 'token',
      keyId: undefined,
      scopes: undefined,
      models: undefined,
    }),
    useCases: {
      getBalance: getBalance(wallets),
      getUsage: getUsage(place.stores),
      listLedger: listLedger(ledger),
      createGrant: createGrant({ accounts: { exists: async (accountId) => accountId !== UNKNOWN }, ledger }),
      listGrants: listGrants(ledger),
    },
  });
});
afterAll(() => place?.stop());

const get = (accountId: string, path: string, query = '') =>
  callHandler(api, { method: 'GET', path, query, headers: { authorization: `Bearer ${accountId}` } });
const grant = (body: unknown, headers: Record<string, string> = {}, operator = newId('acc', Date.now())) =>
  callHandler(api, {
    method: 'POST',
    path: '/v1/admin/grants',
    headers: { authorization: `Bearer ${operator}`, 'content-type': 'application/json', ...headers },
    body: body as object,
  });
const available = async (accountId: string) => BigInt((await get(accountId, '/v1/balance')).body.availableMicros);
const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);

/** The account's whole usage since the day before yesterday, as one line. */
const total = async (accountId: string, groupBy = 'model') => {
  const span = `from=${day(Date.now() - 48 * HOUR_MS)}&to=${day(Date.now())}`;
  const { status, body } = await get(accountId, '/v1/usage', `groupBy=${groupBy}&${span}&limit=100`);
  expect(status).toBe(200);
  const items = body.items as { calls: number; rows: number; amountMicros: string }[];
  return items.reduce(
    (sum, item) => ({
      calls: sum.calls + item.calls,
      rows: sum.rows + item.rows,
      micros: sum.micros + BigInt(item.amountMicros),
    }),
    { calls: 0, rows: 0, micros: 0n },
  );
};

describe('usage and balance', () => {
  it('tell a call at once, and the same while its periods are sealed by runs that are killed or run twice', async () => {
    const funds = 1_000_000n;
    const accountId = await place.newAccount(funds);
    const nowMs = Date.now();
    // A day, hours and minutes ago, so that days, hours and minutes are sealed, and now, which is open.
    const times = [30 * HOUR_MS, 27 * HOUR_MS, 2 * HOUR_MS, 2 * HOUR_MS - 60_000, 300_000, 0].map((ago) => nowMs - ago);
    let calls = 0;
    const check = async () => {
      const expected = { calls, rows: 3 * calls, micros: 230n * BigInt(calls) };
      for (const groupBy of ['model', 'day', 'hour', 'model,key,day,hour']) {
        expect(await total(accountId, groupBy), groupBy).toEqual(expected);
      }
      expect(funds - (await available(accountId))).toBe(expected.micros);
    };
    for (const [index, at] of times.entries()) {
      const billing = place.billing(() => at);
      for (const keyId of [undefined, KEY]) {
        await billing.charge(chargeRequest(at, { accountId, keyId }));
        calls++;
      }
      await check();
      if (index % 2 === 0) continue;
      // Killed at each of its writes in turn, then run twice at once.
      for (let writes = 0; writes < 8; writes++) await killedSeal(at, writes).then(check);
      await Promise.all([place.seal(at), place.seal(at)]);
      await check();
    }
    await place.seal(nowMs + 26 * HOUR_MS);
    await check();
    expect(await place.stores.open.list(accountId)).toEqual([]);
  });

  it('stay the same under reads that run beside the sealer', async () => {
    const accountId = await place.newAccount(100_000n);
    const nowMs = Date.now();
    for (let ago = 10; ago > 3; ago--) {
      const at = nowMs - ago * 60_000;
      await place.billing(() => at).charge(chargeRequest(at, { accountId }));
    }
    const seals = place.seal(nowMs);
    const reads: unknown[] = [];
    for (let count = 0; count < 12; count++) reads.push(await total(accountId));
    await seals;
    expect(reads).toEqual(Array(12).fill({ calls: 7, rows: 21, micros: 7n * 230n }));
  });

  it('refuse a late event of a sealed minute, which takes a new id', async () => {
    const accountId = await place.newAccount(1_000n);
    const request = chargeRequest(Date.now(), { accountId });
    const minute = minuteOf(request.inferenceId);
    await place.stores.wallets.fence(accountId, minute);
    // Its environment's clock agrees with the id, so that only the fence can tell.
    let asked = 0;
    const clock = () => Date.now() + (asked++ > 2 ? 61_000 : 0);
    const record = await place.billing(clock).charge(request);
    expect(record.inferenceId).not.toBe(request.inferenceId);
    expect(minuteOf(record.inferenceId) > minute).toBe(true);
    expect(await place.stores.usage.eventSums(accountId, minute)).toEqual([]);
    expect(await available(accountId)).toBe(770n);
  });

  it('hold for free calls of an account without a wallet, whose fence makes an empty one', async () => {
    const accountId = await place.newAccount();
    const at = Date.now() - 300_000;
    await place.billing(() => at).charge(chargeRequest(at, { accountId, price: free }));
    await place.seal(Date.now());
    expect(await total(accountId)).toEqual({ calls: 1, rows: 3, micros: 0n });
    expect(await available(accountId)).toBe(0n);
    await grant({ accountId, amountMicros: '500', reason: 'start' });
    expect(await available(accountId)).toBe(500n);
    await place.billing().charge(chargeRequest(Date.now(), { accountId }));
    expect(await available(accountId)).toBe(270n);
  });

  const killedSeal = async (nowMs: number, writes: number) => {
    let left = writes;
    const dies =
      <A extends unknown[], R>(write: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        if (left-- <= 0) throw new Error('killed');
        return write(...args);
      };
    const { wallets, open, usage } = place.stores;
    const dying = {
      wallets: { ...wallets, fence: dies(wallets.fence) },
      open: { ...open, close: dies(open.close) },
      usage: { ...usage, setSums: dies(usage.setSums), setMinutePart: dies(usage.setMinutePart) },
    };
    await sealDue(dying, { nowMs, deadlineMs: Number.POSITIVE_INFINITY, clock: () => 0 }).catch(() => {});
  };
});

describe('GET /v1/usage', () => {
  it('groups as asked, in the order of time and name', async () => {
    const accountId = await place.newAccount(100_000n);
    const at = Date.parse('2026-03-04T10:20:30Z');
    const charge = (ms: number, model: string, keyId?: string) =>
      place.billing(() => ms).charge(chargeRequest(ms, { accountId, model, keyId, inferenceId: inferenceIdAt(ms) }));
    await charge(at, 'acme.bb', KEY);
    await charge(at, 'acme.aa');
    await charge(at + HOUR_MS, 'acme.aa', KEY);
    const ask = async (query: string) =>
      (await get(accountId, '/v1/usage', `from=2026-03-04&to=2026-03-04&${query}`)).body;
    const one = { calls: 1, rows: 3, amountMicros: '230' };
    const two = { calls: 2, rows: 6, amountMicros: '460' };
    expect(await ask('')).toEqual({
      items: [
        { model: 'acme.aa', day: '2026-03-04', ...two },
        { model: 'acme.bb', day: '2026-03-04', ...one },
      ],
      next: null,
      from: '2026-03-04T00:00:00.000Z',
      to: '2026-03-05T00:00:00.000Z',
    });
    expect((await ask('groupBy=key')).items).toEqual([
      { keyId: null, ...one },
      { keyId: KEY, ...two },
    ]);
    expect((await ask('groupBy=hour,model')).items).toEqual([
      { hour: '2026-03-04T10', model: 'acme.aa', ...one },
      { hour: '2026-03-04T10', model: 'acme.bb', ...one },
      { hour: '2026-03-04T11', model: 'acme.aa', ...one },
    ]);
    expect((await ask('groupBy=day&model=acme.aa')).items).toEqual([{ day: '2026-03-04', ...two }]);
  });

  it('pages through the groups, each once', async () => {
    const accountId = await place.newAccount(100_000n);
    const models = ['acme.aa', 'acme.bb', 'acme.cc', 'acme.dd', 'acme.ee'];
    for (const model of models) await place.billing().charge(chargeRequest(Date.now(), { accountId, model }));
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await get(accountId, '/v1/usage', `groupBy=model&limit=2${cursor}`);
      seen.push(...body.items.map((item: { model: string }) => item.model));
      cursor = body.next === null ? '' : `&cursor=${body.next}`;
    } while (cursor);
    expect(seen).toEqual(models);
  });

  it('counts a call just before midnight to its day', async () => {
    const accountId = await place.newAccount(1_000n);
    const at = Date.parse('2026-03-04T23:59:59.999Z');
    await place.billing(() => at + 20_000).charge(chargeRequest(at, { accountId }));
    const days = await get(accountId, '/v1/usage', 'groupBy=day&from=2026-03-04&to=2026-03-05');
    expect(days.body.items).toMatchObject([{ day: '2026-03-04', calls: 1 }]);
  });

  it.each([
    'groupBy=colour',
    'groupBy=day,day',
    'groupBy=',
    'from=yesterday',
    'from=2026-02-30',
    'from=2026-03-05&to=2026-03-04',
    'from=2020-01-01&to=2026-01-01',
    'groupBy=hour&from=2026-01-01&to=2026-03-01',
    'model=nonsense',
    'limit=0',
    'cursor=nonsense',
    'colour=red',
    'from=0001-01-01&to=0001-01-02',
    'to=9999-12-31',
  ])('refuses %s as the caller’s mistake', async (query) => {
    const { status, body } = await get(await place.newAccount(), '/v1/usage', query);
    expect(status).toBe(422);
    expect(body.code).toMatch(/validation_failed|invalid_cursor/);
  });
});

describe('grants', () => {
  it('fund an account once per idempotency key, and stand in the ledger', async () => {
    const accountId = await place.newAccount();
    const operator = newId('acc', Date.now());
    const body = { accountId, amountMicros: '1000000', reason: 'welcome' };
    const answers = [];
    for (let count = 0; count < 3; count++) answers.push(await grant(body, { 'idempotency-key': 'welcome' }, operator));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    expect(answers[0]?.body).toMatchObject({ ...body, type: 'grant', grantedBy: 'usr_01JDA8Z5V4W1T4E5R6T7Y8V9P2' });
    expect(await available(accountId)).toBe(1_000_000n);
    const ledger = await get(accountId, '/v1/ledger');
    expect(ledger.body.items).toMatchObject([{ id: answers[0]?.body.id, amountMicros: '1000000', reason: 'welcome' }]);
    expect(ledger.body.items[0]).not.toHaveProperty('grantedBy');
  });

  it('under one key at the same moment add once', async () => {
    const accountId = await place.newAccount();
    const operator = newId('acc', Date.now());
    const body = { accountId, amountMicros: '7', reason: 'race' };
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => grant(body, { 'idempotency-key': 'race' }, operator)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(201));
    expect(await available(accountId)).toBe(7n);
  });

  it('refuse another body under a used key', async () => {
    const accountId = await place.newAccount();
    const operator = newId('acc', Date.now());
    await grant({ accountId, amountMicros: '1', reason: 'one' }, { 'idempotency-key': 'k' }, operator);
    const other = await grant({ accountId, amountMicros: '2', reason: 'one' }, { 'idempotency-key': 'k' }, operator);
    expect(other.status).toBe(422);
    expect(other.body.code).toBe('idempotency_key_reused');
    expect(await available(accountId)).toBe(1n);
  });

  it.each([
    { why: 'no amount', body: { accountId: UNKNOWN, reason: 'x' }, status: 422 },
    { why: 'zero', body: { accountId: UNKNOWN, amountMicros: '0', reason: 'x' }, status: 422 },
    { why: 'less than zero', body: { accountId: UNKNOWN, amountMicros: '-5', reason: 'x' }, status: 422 },
    { why: 'a number', body: { accountId: UNKNOWN, amountMicros: 5, reason: 'x' }, status: 422 },
    { why: 'a fraction', body: { accountId: UNKNOWN, amountMicros: '0.5', reason: 'x' }, status: 422 },
    { why: 'too much', body: { accountId: UNKNOWN, amountMicros: '1000000000001', reason: 'x' }, status: 422 },
    {
      why: 'more than digits allow',
      body: { accountId: UNKNOWN, amountMicros: '9'.repeat(40), reason: 'x' },
      status: 422,
    },
    { why: 'no reason', body: { accountId: UNKNOWN, amountMicros: '5', reason: '  ' }, status: 422 },
    { why: 'an unknown field', body: { accountId: UNKNOWN, amountMicros: '5', reason: 'x', to: 'y' }, status: 422 },
    { why: 'no account id', body: { accountId: 'me', amountMicros: '5', reason: 'x' }, status: 422 },
    { why: 'an account that is not there', body: { accountId: UNKNOWN, amountMicros: '5', reason: 'x' }, status: 404 },
  ])('refuse $why, and change nothing', async ({ body, status }) => {
    const answer = await grant(body);
    expect(answer.status).toBe(status);
    expect(await available(UNKNOWN)).toBe(0n);
  });

  it('are listed latest first, page by page, of one account and of all', async () => {
    const accountId = await place.newAccount();
    const ids: string[] = [];
    for (const amountMicros of ['1', '2', '3']) {
      ids.unshift((await grant({ accountId, amountMicros, reason: 'list' })).body.id);
    }
    const read = async (path: string, query: string) => {
      const seen: string[] = [];
      let cursor = '';
      do {
        const { body } = await get(accountId, path, `limit=2${query}${cursor}`);
        seen.push(...body.items.map((item: { id: string }) => item.id));
        cursor = body.next === null ? '' : `&cursor=${body.next}`;
      } while (cursor);
      return seen;
    };
    expect(await read('/v1/admin/grants', `&accountId=${accountId}`)).toEqual(ids);
    expect(await read('/v1/ledger', '')).toEqual(ids);
    expect((await read('/v1/admin/grants', '')).slice(0, 3)).toEqual(ids);
  });

  it('refuse a cursor that was made by hand', async () => {
    const accountId = await place.newAccount();
    const forged = Buffer.from(JSON.stringify({ k: { pk: 'x' }, f: 'AAAAAAAA' })).toString('base64url');
    const { status, body } = await get(accountId, '/v1/ledger', `cursor=${forged}`);
    expect(status).toBe(422);
    expect(body.code).toBe('invalid_cursor');
  });
});

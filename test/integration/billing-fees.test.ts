// The operator's price book, and the compute fee that it may name: set through the API, charged by the gateway.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dynamoPriceBookStore } from '../../lambdas/billing/adapters/dynamo-price-book.ts';
import { type Billing, billingRoutes, type ChargeRequest } from '../../lambdas/billing/contract.ts';
import { getPrices } from '../../lambdas/billing/routes/get-prices.ts';
import { listPrices } from '../../lambdas/billing/routes/list-prices.ts';
import { setPrices } from '../../lambdas/billing/routes/set-prices.ts';
import { createApi } from '../../lambdas/shared/platform/api.ts';
import { newId } from '../../lambdas/shared/platform/new-id.ts';
import { callHandler } from '../support/http-event.ts';
import { unlimited } from '../support/unlimited.ts';
import { chargeRequest, free } from '../unit/billing/charge-request.ts';
import { type Place, startPlace, TABLE } from './billing-place.ts';

const OPERATOR = 'usr_01JDA8Z5V4W1T4E5R6T7Y8V9P2';
const { getPrices: getRoute, setPrices: setRoute, listPrices: listRoute } = billingRoutes;

let place: Place;
let api: unknown;

beforeAll(async () => {
  place = await startPlace();
  const prices = dynamoPriceBookStore(place.client, TABLE);
  api = createApi({
    limit: unlimited,
    routes: { getPrices: getRoute, setPrices: setRoute, listPrices: listRoute },
    // The bearer is the account's id.
    authenticate: async ({ authorization = '' }) => ({
      accountId: authorization.replace('Bearer ', ''),
      handle: undefined,
      userId: OPERATOR,
      role: 'owner',
      operator: true,
      via: 'token',
      keyId: undefined,
      scopes: undefined,
      models: undefined,
    }),
    useCases: { getPrices: getPrices(prices), setPrices: setPrices(prices), listPrices: listPrices(prices) },
  });
});
afterAll(() => place?.stop());

const operator = newId('acc', Date.now());
const ask = (method: string, path: string, more: { body?: object; headers?: Record<string, string>; query?: string }) =>
  callHandler(api, {
    method,
    path,
    query: more.query ?? '',
    headers: { authorization: `Bearer ${operator}`, 'content-type': 'application/json', ...more.headers },
    ...(more.body ? { body: more.body } : {}),
  });
const read = () => ask('GET', '/v1/admin/prices', {});
const set = (perGbSecondMicros: unknown, headers: Record<string, string> = {}, change: object = {}) =>
  ask('PUT', '/v1/admin/prices', {
    headers,
    body: { publisherShare: 0.8, computeFee: { perGbSecondMicros }, reason: 'test', ...change },
  });
const clear = async () => {
  const { Items = [] } = await place.client.query({
    TableName: TABLE,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': 'pricebook' },
  });
  for (const { pk, sk } of Items) await place.client.delete({ TableName: TABLE, Key: { pk, sk } });
};

describe('the price book', () => {
  afterEach(clear);

  it('has its defaults until somebody sets one', async () => {
    expect(await read()).toMatchObject({
      status: 200,
      headers: { etag: '"prices-0"' },
      body: { version: 0, publisherShare: 0.8, computeFee: { perGbSecondMicros: '0' }, reason: null, changedBy: null },
    });
  });

  it('takes what was written by hand for its version 0', async () => {
    await place.client.put({ TableName: TABLE, Item: { pk: 'pricebook', sk: 'current', publisherShareBps: 9_000 } });
    expect((await read()).body).toMatchObject({ version: 0, publisherShare: 0.9 });
    expect((await set('1')).body).toMatchObject({ version: 1, publisherShare: 0.8 });
  });

  it('keeps each version, with who made it and why', async () => {
    await set('13.3334', {}, { publisherShare: 0.7525, reason: 'as AWS bills' });
    await set('0', {}, { reason: 'free again' });
    expect((await read()).body).toMatchObject({ version: 2, computeFee: { perGbSecondMicros: '0' } });
    const first = await ask('GET', '/v1/admin/prices/versions', { query: 'limit=1' });
    expect(first.body.items).toMatchObject([{ version: 2, reason: 'free again' }]);
    const rest = await ask('GET', '/v1/admin/prices/versions', { query: `limit=1&cursor=${first.body.next}` });
    expect(rest.body).toMatchObject({
      items: [{ version: 1, publisherShare: 0.7525, reason: 'as AWS bills', changedBy: OPERATOR }],
      next: null,
    });
  });

  it('is set once per idempotency key, and another body is refused', async () => {
    const key = { 'idempotency-key': newId('key', Date.now()) };
    const first = await set('5', key);
    expect(first.body).toMatchObject({ version: 1 });
    await set('6');
    expect((await set('5', key)).body).toEqual(first.body);
    expect((await set('7', key)).body).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
    expect((await read()).body).toMatchObject({ version: 2, computeFee: { perGbSecondMicros: '6' } });
  });

  it('gives each of ten changes at once a version of its own', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => set(String(index))));
    const done = answers.filter(({ status }) => status === 200).map(({ body }) => body.version);
    expect(answers.every(({ status }) => status === 200 || status === 503)).toBe(true);
    expect(done.sort((a, b) => a - b)).toEqual(Array.from({ length: done.length }, (_, index) => index + 1));
    expect((await read()).body.version).toBe(done.length);
  });

  it('is changed by If-Match only as it was seen', async () => {
    const { headers } = await set('1');
    await set('2');
    const late = await set('3', { 'if-match': String(headers.etag) });
    expect(late.body).toMatchObject({ status: 412, code: 'precondition_failed' });
    expect((await set('3', { 'if-match': '"prices-2"' })).status).toBe(200);
  });

  it.each([
    { why: 'a number', fee: 5, change: {} },
    { why: 'seven fractional digits', fee: '0.0000001', change: {} },
    { why: 'less than zero', fee: '-1', change: {} },
    { why: 'more than a currency unit', fee: '1000000.000001', change: {} },
    { why: 'a share above 1', fee: '1', change: { publisherShare: 1.01 } },
    { why: 'a share of five fractional digits', fee: '1', change: { publisherShare: 0.12345 } },
    { why: 'no reason', fee: '1', change: { reason: ' ' } },
    { why: 'an unknown field', fee: '1', change: { computeFees: {} } },
  ])('refuses $why', async ({ fee, change }) => {
    expect((await set(fee, {}, change)).status).toBe(422);
    expect((await read()).body.version).toBe(0);
  });

  it('refuses the cursor of another list', async () => {
    const cursor = Buffer.from('{"k":{"before":5},"f":"other"}').toString('base64url');
    expect((await ask('GET', '/v1/admin/prices/versions', { query: `cursor=${cursor}` })).body.code).toBe(
      'invalid_cursor',
    );
  });
});

/** As `infer` does: by the price, and by the longest run there can be. */
const prepareFor = (billing: Billing, request: ChargeRequest) =>
  billing.prepare({
    accountId: request.accountId,
    inferenceId: request.inferenceId,
    amountMicros: billing.quote(request),
    longestRun: { ...request.compute, ms: 25_500 },
  });

describe('a compute fee', () => {
  /** Two GiB for 5 ms: 133.334 micros at this rate, and 680,003.4 for 25.5 s. */
  const RATE = '13333.4';
  const timedOut = ({ rowCount: _rows, idempotency: _key, ...call }: ChargeRequest) => call;
  beforeEach(async () => {
    expect((await set(RATE)).status).toBe(200);
  });
  afterEach(clear);

  const begin = async (micros: bigint, changes: Partial<ChargeRequest> = {}) => {
    const accountId = await place.newAccount(micros);
    const request = chargeRequest(Date.now(), { accountId, ...changes });
    const billing = place.billing();
    await prepareFor(billing, request);
    return { accountId, request, billing };
  };
  const eventOf = async ({ inferenceId }: ChargeRequest) => {
    const { Items = [] } = await place.client.scan({
      TableName: TABLE,
      FilterExpression: 'sk = :sk',
      ExpressionAttributeValues: { ':sk': inferenceId },
    });
    return Items[0];
  };

  it('is charged with the price, rounded up once, and goes to the platform alone', async () => {
    const { accountId, request, billing } = await begin(1_000_000n);
    expect((await billing.charge(request)).amountMicros).toBe(230n + 134n);
    expect(await eventOf(request)).toMatchObject({
      amountMicros: 364,
      priceBookVersion: 1,
      compute: { memoryMiB: 2048, ms: 5, perGbSecondMicros: RATE },
      legs: { consumer: -364, publisher: 184, platform: 46, compute: 134 },
    });
    expect(await place.avail(accountId)).toBe(1_000_000n - 364n);
  });

  it('is charged where the price is zero, and to an owner', async () => {
    const { accountId, request, billing } = await begin(1_000_000n, { price: free });
    expect((await billing.charge(request)).amountMicros).toBe(134n);
    const own = chargeRequest(Date.now(), { accountId, ownerAccountId: accountId });
    expect((await billing.charge(own)).amountMicros).toBe(46n + 134n);
    expect(await place.avail(accountId)).toBe(1_000_000n - 134n - 180n);
  });

  it('of a run that took too long is an event of its own, without price, rows and key', async () => {
    const { accountId, request, billing } = await begin(1_000_000n);
    const record = await billing.chargeTimeout(timedOut(request));
    expect(record).toMatchObject({ inferenceId: request.inferenceId, amountMicros: 134n, replayed: false });
    expect(await eventOf(request)).toMatchObject({
      outcome: 'timed_out',
      rowCount: 0,
      amountMicros: 134,
      legs: { consumer: -134, publisher: 0, platform: 0, compute: 134 },
    });
    // Sent again, it is the same event.
    expect(await billing.chargeTimeout(timedOut(request))).toEqual(record);
    expect(await place.avail(accountId)).toBe(1_000_000n - 134n);
  });

  it('is not charged, nor recorded, where the operator has set none', async () => {
    await set('0.000000');
    const { accountId, request, billing } = await begin(1_000n);
    expect(await billing.chargeTimeout(timedOut(request))).toBeUndefined();
    expect(await eventOf(request)).toBeUndefined();
    expect(await place.avail(accountId)).toBe(1_000n);
  });

  it('of the longest run is what a call must have in hand to begin', async () => {
    await expect(begin(680_003n, { price: free })).rejects.toMatchObject({
      code: 'insufficient_funds',
      message: expect.stringContaining('the call costs up to 680004 micros, available are 680003'),
    });
    await begin(680_004n, { price: free });
  });

  it('is refused when the money is gone meanwhile', async () => {
    const { request, billing } = await begin(1_000_000n);
    const other = chargeRequest(Date.now(), {
      accountId: request.accountId,
      price: { ...request.price, perCallMicros: '999800' },
      rowCount: 0,
    });
    await billing.charge(other);
    await expect(billing.chargeTimeout(timedOut(request))).rejects.toMatchObject({ code: 'insufficient_funds' });
    expect(await eventOf(request)).toBeUndefined();
  });
});

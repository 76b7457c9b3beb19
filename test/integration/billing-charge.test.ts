// The charge against a real table: exact at any concurrency and over a network that fails.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChargeRecord } from '../../lambdas/billing/contract.ts';
import { coverOf } from '../../lambdas/billing/domain/usage-cover.ts';
import { minuteOf } from '../../lambdas/billing/domain/usage-key.ts';
import { DomainError } from '../../lambdas/shared/kernel/errors.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { chargeRequest, free } from '../unit/billing/charge-request.ts';
import { type Place, startPlace, TABLE } from './billing-place.ts';

const PRICE = 230n;

let place: Place;

beforeAll(async () => {
  place = await startPlace();
});
afterAll(() => place?.stop());

const usageOf = async (accountId: string) => {
  const span = {
    fromMs: Math.floor(Date.now() / 3_600_000 - 2) * 3_600_000,
    toMs: Math.ceil(Date.now() / 3_600_000) * 3_600_000,
  };
  const open = new Set(await place.stores.open.list(accountId));
  const { openMinutes } = coverOf(span, 'day', open);
  return (await Promise.all(openMinutes.map((minute) => place.stores.usage.eventSums(accountId, minute)))).flat();
};
const totalOf = async (accountId: string) =>
  (await usageOf(accountId)).reduce(
    (total, sum) => ({ calls: total.calls + sum.calls, micros: total.micros + sum.amountMicros }),
    {
      calls: 0,
      micros: 0n,
    },
  );

/** Settles all, and sorts them into records and codes. */
const settle = async (calls: readonly Promise<ChargeRecord>[]) => {
  const settled = await Promise.allSettled(calls);
  const records = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const codes = settled.flatMap((result) => {
    if (result.status === 'fulfilled') return [];
    if (result.reason instanceof DomainError) return [result.reason.code];
    throw result.reason;
  });
  return { records, codes };
};

describe('a charge', () => {
  it('accepts exactly what the funds cover of 200 at once, and never goes below zero', async () => {
    const funds = 37n * PRICE + 229n;
    const accountId = await place.newAccount(funds);
    const environments = Array.from({ length: 4 }, () => place.billing());
    const { records, codes } = await settle(
      Array.from({ length: 200 }, (_, index) =>
        (environments[index % 4] ?? place.billing()).charge(chargeRequest(Date.now(), { accountId })),
      ),
    );
    expect(records).toHaveLength(37);
    expect(new Set(codes)).toEqual(new Set(['insufficient_funds']));
    expect(await place.avail(accountId)).toBe(229n);
    expect(await totalOf(accountId)).toEqual({ calls: 37, micros: 37n * PRICE });
  });

  it('writes an event whose legs sum to zero, priced and dated', async () => {
    const accountId = await place.newAccount(1_000n);
    const request = chargeRequest(Date.now(), { accountId, keyId: 'key_01JDA8Z5V4W1T4E5R6T7Y8V9P0' });
    await place.billing().charge(request);
    const { Items = [] } = await place.client.scan({
      TableName: TABLE,
      FilterExpression: 'sk = :sk',
      ExpressionAttributeValues: { ':sk': request.inferenceId },
    });
    expect(Items).toHaveLength(1);
    expect(Items[0]).toMatchObject({
      pk: expect.stringMatching(new RegExp(`^${accountId}#${minuteOf(request.inferenceId)}#[0-3]$`)),
      accountId,
      model: 'acme.iris',
      version: '1.0.0',
      keyId: request.keyId,
      ownerAccountId: request.ownerAccountId,
      rowCount: 3,
      amountMicros: 230,
      price: { perCallMicros: '200', perRowMicros: '10', version: 1 },
      legs: { consumer: -230, publisher: 184, platform: 46 },
      pocket: 'wallet',
      lane: 'run-2gib',
    });
  });

  it('keeps micros beyond what a float can hold', async () => {
    const accountId = await place.newAccount(2n ** 60n);
    await place
      .billing()
      .charge(chargeRequest(Date.now(), { accountId, price: { perCallMicros: '1', perRowMicros: '0', version: 1 } }));
    expect(await place.avail(accountId)).toBe(2n ** 60n - 1n);
  });

  it('of price zero is recorded without a wallet', async () => {
    const accountId = await place.newAccount();
    const record = await place.billing().charge(chargeRequest(Date.now(), { accountId, price: free }));
    expect(record.amountMicros).toBe(0n);
    expect(await totalOf(accountId)).toEqual({ calls: 1, micros: 0n });
    expect(await place.stores.wallets.find(accountId)).toBeUndefined();
  });

  it('of price zero sent twice under one id is recorded once', async () => {
    const accountId = await place.newAccount();
    const request = chargeRequest(Date.now(), { accountId, price: free });
    const billing = place.billing();
    expect(await billing.charge(request)).toEqual(await billing.charge(request));
    expect(await totalOf(accountId)).toEqual({ calls: 1, micros: 0n });
  });

  it('of an owner’s own call takes the platform’s part, the same as it was quoted', async () => {
    const accountId = await place.newAccount(46n);
    const billing = place.billing();
    const request = chargeRequest(Date.now(), { accountId, ownerAccountId: accountId });
    expect(billing.quote(request)).toBe(46n);
    expect((await billing.charge(request)).amountMicros).toBe(46n);
    expect(await place.avail(accountId)).toBe(0n);
  });

  it('follows the operator’s price book once it was read', async () => {
    const accountId = await place.newAccount(1_000n);
    await place.client.put({ TableName: TABLE, Item: { pk: 'pricebook', sk: 'current', publisherShareBps: 9_000 } });
    const billing = place.billing();
    const request = chargeRequest(Date.now(), { accountId, ownerAccountId: accountId });
    const { inferenceId, compute } = request;
    await billing.prepare({ accountId, inferenceId, amountMicros: billing.quote(request), longestRun: compute });
    expect((await billing.charge(request)).amountMicros).toBe(23n);
    await place.client.delete({ TableName: TABLE, Key: { pk: 'pricebook', sk: 'current' } });
  });

  it('is refused before the model runs when the funds clearly do not cover it', async () => {
    const accountId = await place.newAccount(229n);
    const { inferenceId, compute } = chargeRequest(Date.now());
    const prepare = place.billing().prepare({ accountId, inferenceId, amountMicros: PRICE, longestRun: compute });
    await expect(prepare).rejects.toMatchObject({ code: 'insufficient_funds' });
  });
});

describe('an idempotency key', () => {
  const claim = { key: 'call-1', requestSha256: 'a'.repeat(64) };

  it('is charged once by ten calls at once, five of the others repeat it', async () => {
    const accountId = await place.newAccount(10_000n);
    const billing = place.billing();
    const { records, codes } = await settle(
      Array.from({ length: 10 }, () => billing.charge(chargeRequest(Date.now(), { accountId, idempotency: claim }))),
    );
    expect(records.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(records.filter(({ replayed }) => replayed)).toHaveLength(5);
    expect(codes).toEqual(Array(4).fill('idempotent_replays_used_up'));
    expect(new Set(records.map(({ inferenceId }) => inferenceId)).size).toBe(1);
    expect(await place.avail(accountId)).toBe(10_000n - PRICE);
    expect((await totalOf(accountId)).calls).toBe(1);
  });

  it('finds a repeat before the model runs, and refuses another body', async () => {
    const accountId = await place.newAccount(10_000n);
    const billing = place.billing();
    const find = (requestSha256: string) =>
      billing.findReplay({ accountId, idempotency: { ...claim, requestSha256 }, nowMs: Date.now() });
    expect(await find(claim.requestSha256)).toBeUndefined();
    const record = await billing.charge(chargeRequest(Date.now(), { accountId, idempotency: claim }));
    expect(await find(claim.requestSha256)).toEqual({ ...record, replayed: true });
    await expect(find('b'.repeat(64))).rejects.toMatchObject({ code: 'idempotency_key_reused', kind: 'invalid' });
  });

  it('is free again once it has expired, though its item is still there', async () => {
    const accountId = await place.newAccount(10_000n);
    const later = Date.now() + 36 * 86_400_000;
    await place.billing().charge(chargeRequest(Date.now(), { accountId, idempotency: claim }));
    const billing = place.billing(() => later);
    expect(await billing.findReplay({ accountId, idempotency: claim, nowMs: later })).toBeUndefined();
    const again = await billing.charge(chargeRequest(later, { accountId, idempotency: claim }));
    expect(again.replayed).toBe(false);
    expect(await place.avail(accountId)).toBe(10_000n - 2n * PRICE);
  });

  it('of a free call is remembered, too', async () => {
    const accountId = await place.newAccount();
    const billing = place.billing();
    const first = await billing.charge(chargeRequest(Date.now(), { accountId, price: free, idempotency: claim }));
    const second = await billing.charge(chargeRequest(Date.now(), { accountId, price: free, idempotency: claim }));
    expect(second).toEqual({ ...first, replayed: true });
    expect((await totalOf(accountId)).calls).toBe(1);
  });

  it('repeats what is recorded even when the money is gone', async () => {
    const accountId = await place.newAccount(PRICE);
    const billing = place.billing();
    const first = await billing.charge(chargeRequest(Date.now(), { accountId, idempotency: claim }));
    const second = await billing.charge(chargeRequest(Date.now(), { accountId, idempotency: claim }));
    expect(second).toEqual({ ...first, replayed: true });
  });
});

describe('over a network that drops, fails, throttles, collides and repeats', () => {
  it('each accepted call is charged once, and the balance falls by what usage tells', async () => {
    const fault = 0.06;
    const proxy = new FaultProxy({
      target: place.emulator.endpoint,
      seed: 7,
      rates: {
        TransactWriteItems: {
          'drop-request': fault,
          'drop-answer': fault,
          'error-before': fault,
          'error-after': fault,
          throttle: fault,
          conflict: fault,
          duplicate: fault,
        },
      },
    });
    const endpoint = await proxy.start();
    const accountId = await place.newAccount(1_000_000n);
    const billing = place.billing(Date.now, endpoint);
    const settled: Awaited<ReturnType<typeof settle>>[] = [];
    const caller = async (_: unknown, at: number) => {
      for (let index = at; index < 120; index += 8) {
        const idempotency = index % 3 === 0 ? { key: `k-${index}`, requestSha256: 'c'.repeat(64) } : undefined;
        settled.push(await settle([billing.charge(chargeRequest(Date.now(), { accountId, idempotency }))]));
      }
    };
    await Promise.all(Array.from({ length: 8 }, caller));
    const records = settled.flatMap((one) => one.records);
    const codes = settled.flatMap((one) => one.codes);
    await proxy.stop();
    expect(Object.values(proxy.counts()).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(20);
    expect(records.every(({ replayed }) => !replayed)).toBe(true);
    // A slow machine may run out of its 1.5 s: then nobody knows, and the call may have been recorded or not.
    expect(codes.every((code) => code === 'unavailable')).toBe(true);
    expect(records.length).toBeGreaterThan(100);
    const { calls, micros } = await totalOf(accountId);
    expect(calls).toBeGreaterThanOrEqual(records.length);
    expect(calls).toBeLessThanOrEqual(120);
    expect(micros).toBe(BigInt(calls) * PRICE);
    expect(await place.avail(accountId)).toBe(1_000_000n - micros);
  });

  it('a repeat is counted once, however often its counting has to be sent', async () => {
    const accountId = await place.newAccount(1_000n);
    const idempotency = { key: 'counted', requestSha256: 'd'.repeat(64) };
    await place.billing().charge(chargeRequest(Date.now(), { accountId, idempotency }));
    const proxy = new FaultProxy({
      target: place.emulator.endpoint,
      seed: 1,
      rates: {},
      script: (operation, index) =>
        operation === 'UpdateItem' ? (['drop-answer', 'conflict', undefined] as const)[index % 3] : undefined,
    });
    const { keys } = place.storesAt(await proxy.start());
    for (let count = 0; count < 5; count++) expect(await keys.countReplay(accountId, 'counted', 5)).toBe(true);
    expect(await keys.countReplay(accountId, 'counted', 5)).toBe(false);
    await proxy.stop();
    expect(proxy.counts()['drop-answer']).toBeGreaterThan(4);
  });

  it('a store that stays away is told as unavailable, and nothing is charged', async () => {
    const proxy = new FaultProxy({
      target: place.emulator.endpoint,
      seed: 1,
      rates: { TransactWriteItems: { 'error-before': 1 } },
    });
    const endpoint = await proxy.start();
    const accountId = await place.newAccount(1_000n);
    const charge = place.billing(Date.now, endpoint).charge(chargeRequest(Date.now(), { accountId }));
    await expect(charge).rejects.toMatchObject({ code: 'unavailable', extras: { headers: { 'retry-after': '1' } } });
    await proxy.stop();
    expect(proxy.passages.length).toBeGreaterThan(1);
    expect(proxy.passages.length).toBeLessThanOrEqual(8);
    expect(await place.avail(accountId)).toBe(1_000n);
  });

  it('a wallet that paid calls hold again and again is fenced all the same', async () => {
    const proxy = new FaultProxy({
      target: place.emulator.endpoint,
      seed: 3,
      rates: { UpdateItem: { conflict: 0.7 } },
    });
    const { wallets } = place.storesAt(await proxy.start());
    const accountId = await place.newAccount(1_000n);
    const minutes = ['2026-11-23T20:46', '2026-11-23T20:47', '2026-11-23T20:48'];
    for (const minute of minutes) await wallets.fence(accountId, minute);
    await proxy.stop();
    expect(proxy.counts().conflict).toBeGreaterThan(0);
    expect(await place.stores.wallets.find(accountId)).toMatchObject({ avail: 1_000n, sealedThrough: minutes[2] });
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import type { ChargeRequest } from '../../../lambdas/billing/contract.ts';
import { type ChargePorts, chargeCall, repeatCall } from '../../../lambdas/billing/domain/charge-call.ts';
import { MAX_ID_AGE_MS } from '../../../lambdas/billing/domain/sealing.ts';
import { minuteOf } from '../../../lambdas/billing/domain/usage-key.ts';
import { CONSUMER, chargeRequest, free, inferenceIdAt } from './charge-request.ts';
import { MemoryBilling } from './memory-billing.ts';

const startMs = Date.parse('2026-11-23T20:46:30Z');
const claim = { key: 'call-1', requestSha256: 'a'.repeat(64) };

let nowMs: number;
let billing: MemoryBilling;
let ports: ChargePorts;
const charge = (changes: Partial<ChargeRequest> = {}) => chargeCall(ports, chargeRequest(startMs, changes));
const avail = () => billing.money.get(CONSUMER)?.avail;

beforeEach(() => {
  nowMs = startMs;
  billing = new MemoryBilling();
  billing.fund(CONSUMER, 1_000n);
  ports = {
    charges: billing.charges,
    keys: billing.keyStore,
    open: billing.open.mark,
    publisherShareBps: () => 8_000,
    newInferenceId: inferenceIdAt,
    newToken: () => 'token',
    clock: () => nowMs,
    random: () => 0.5,
    sleep: async (ms) => {
      nowMs += ms;
    },
  };
});

describe('a charge', () => {
  it('debits the price and records one event', async () => {
    const request = chargeRequest(startMs);
    await expect(chargeCall(ports, request)).resolves.toEqual({
      inferenceId: request.inferenceId,
      model: 'acme.iris',
      version: '1.0.0',
      amountMicros: 230n,
      replayed: false,
    });
    expect(avail()).toBe(770n);
    expect(billing.events.get(request.inferenceId)?.event).toMatchObject({ amountMicros: 230n, rowCount: 3 });
  });

  it('is refused when the funds do not cover it, and leaves no event', async () => {
    await expect(charge({ rowCount: 81 })).rejects.toMatchObject({
      code: 'insufficient_funds',
      message: 'the call costs 1010 micros, available are 1000',
    });
    expect(avail()).toBe(1_000n);
    expect(billing.events.size).toBe(0);
  });

  it('takes the very last micro', async () => {
    await charge({ rowCount: 80 });
    expect(avail()).toBe(0n);
  });

  it('of price zero needs no money', async () => {
    await expect(charge({ accountId: 'acc_01JDA8Z5V4W1T4E5R6T7Y8V9ZZ', price: free })).resolves.toMatchObject({
      amountMicros: 0n,
    });
    expect(billing.events.size).toBe(1);
  });

  it('sent again after its answer was lost is charged once', async () => {
    const commit = billing.charges.commit;
    let lost = false;
    const charges = {
      commit: async (wanted: Parameters<typeof commit>[0]) => {
        const outcome = await commit(wanted);
        if (lost) return outcome;
        lost = true;
        return { is: 'try_again', cause: 'the connection was lost' } as const;
      },
    };
    await expect(
      chargeCall({ ...ports, charges }, chargeRequest(startMs, { idempotency: claim })),
    ).resolves.toMatchObject({
      replayed: false,
    });
    expect(avail()).toBe(770n);
    expect(billing.events.size).toBe(1);
  });
});

describe('a charge in a minute that is over', () => {
  it('takes a new id when the wallet is sealed through its minute', async () => {
    const request = chargeRequest(startMs);
    await billing.wallets.fence(CONSUMER, minuteOf(request.inferenceId));
    nowMs += 45_000;
    const record = await chargeCall(ports, request);
    expect(record.inferenceId).not.toBe(request.inferenceId);
    expect(minuteOf(record.inferenceId)).toBe('2026-11-23T20:47');
    expect([...billing.events.keys()]).toEqual([record.inferenceId]);
    expect(billing.markers.has(`${CONSUMER} 2026-11-23T20:47`)).toBe(true);
    expect(avail()).toBe(770n);
  });

  it.each([
    { price: free, kind: 'a free' },
    { price: { perCallMicros: '1', perRowMicros: '0', version: 1 }, kind: 'a paid' },
  ])('takes a new id when $kind call’s id is a minute old', async ({ price }) => {
    const request = chargeRequest(startMs, { price });
    nowMs = startMs + MAX_ID_AGE_MS;
    const record = await chargeCall(ports, request);
    expect(minuteOf(record.inferenceId)).toBe('2026-11-23T20:47');
  });

  it('keeps an id that is younger, though its minute has ended', async () => {
    const request = chargeRequest(startMs);
    nowMs = startMs + MAX_ID_AGE_MS - 1;
    expect((await chargeCall(ports, request)).inferenceId).toBe(request.inferenceId);
  });

  it('is given up, not repeated for ever, when every minute is sealed', async () => {
    await billing.wallets.fence(CONSUMER, '2027-01-01T00:00');
    await expect(charge()).rejects.toMatchObject({ code: 'unavailable' });
    expect(avail()).toBe(1_000n);
  });
});

describe('an idempotency key', () => {
  it('lets only one of two racing calls be charged, and repeats it to the other', async () => {
    const [first, second] = [await charge({ idempotency: claim }), await charge({ idempotency: claim })];
    expect(second).toEqual({ ...first, replayed: true });
    expect(avail()).toBe(770n);
  });

  it('refuses another request, and changes nothing', async () => {
    await charge({ idempotency: claim });
    const other = { ...claim, requestSha256: 'b'.repeat(64) };
    await expect(charge({ idempotency: other })).rejects.toMatchObject({ code: 'idempotency_key_reused' });
    expect(avail()).toBe(770n);
    expect(billing.keys.get(`${CONSUMER} call-1`)?.replays).toBe(0);
  });

  const repeat = async (requestSha256 = claim.requestSha256) => {
    const use = await billing.keyStore.find(CONSUMER, claim.key, nowMs);
    if (!use) throw new Error('the key is unknown');
    return repeatCall(billing.keyStore, { accountId: CONSUMER, use, claim: { ...claim, requestSha256 }, nowMs });
  };

  it('repeats five times, then tells the price', async () => {
    const { inferenceId } = await charge({ idempotency: claim });
    for (let count = 0; count < 5; count++) expect((await repeat()).inferenceId).toBe(inferenceId);
    await expect(repeat()).rejects.toMatchObject({
      code: 'idempotent_replays_used_up',
      message: expect.stringContaining('230 micros'),
    });
  });

  it('repeats for a day', async () => {
    await charge({ idempotency: claim });
    nowMs = startMs + 24 * 3_600_000 - 1;
    await expect(repeat()).resolves.toMatchObject({ replayed: true });
    nowMs += 1;
    await expect(repeat()).rejects.toMatchObject({ code: 'idempotent_replays_used_up' });
    await expect(repeat('b'.repeat(64))).rejects.toMatchObject({ code: 'idempotency_key_reused' });
  });
});

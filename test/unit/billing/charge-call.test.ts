import { beforeEach, describe, expect, it } from 'vitest';
import type { ChargeRequest } from '../../../lambdas/billing/contract.ts';
import {
  type ChargePorts,
  chargeCall,
  chargeTimeout,
  repeatCall,
} from '../../../lambdas/billing/domain/charge-call.ts';
import { DEFAULT_TERMS } from '../../../lambdas/billing/domain/price-book.ts';
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
    terms: () => DEFAULT_TERMS,
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
      message: 'the call costs 1010 micros, available are 1000: top up, or ask the operator for a grant',
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
        return { is: 'try_again', cause: 'the connection was lost', mayBeDone: true } as const;
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

describe('a charge whose own earlier try wrote the key', () => {
  it('is no repeat of itself', async () => {
    const { commit } = billing.charges;
    let tryCount = 0;
    const charges = {
      commit: async (wanted: Parameters<typeof commit>[0]) => {
        await commit(wanted);
        if (tryCount++ === 0) return { is: 'try_again', cause: 'status 500', mayBeDone: true } as const;
        // DynamoDB tells the key’s refusal while another transaction holds the event.
        const use = await billing.keyStore.find(CONSUMER, claim.key, nowMs);
        if (!use) throw new Error('the key is unknown');
        return { is: 'key_used', use } as const;
      },
    };
    const record = await chargeCall({ ...ports, charges }, chargeRequest(startMs, { idempotency: claim }));
    expect(record.replayed).toBe(false);
    expect(billing.keys.get(`${CONSUMER} call-1`)?.replays).toBe(0);
    expect(avail()).toBe(770n);
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

  it('has one time for its tries, however many minutes they are in', async () => {
    const request = chargeRequest(startMs);
    await billing.wallets.fence(CONSUMER, minuteOf(request.inferenceId));
    const { commit } = billing.charges;
    const charges = {
      commit: async (wanted: Parameters<typeof commit>[0]) => {
        nowMs += 1_400;
        const outcome = await commit(wanted);
        return outcome.is === 'sealed'
          ? outcome
          : ({ is: 'try_again', cause: 'TransactionConflict', mayBeDone: false } as const);
      },
    };
    nowMs += 45_000;
    const beganMs = nowMs;
    await expect(chargeCall({ ...ports, charges }, request)).rejects.toMatchObject({ code: 'unavailable' });
    expect(nowMs - beganMs).toBeLessThanOrEqual(2 * 1_400);
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

describe('a run that took too long', () => {
  const fee = { ...DEFAULT_TERMS, version: 3, perGbSecondMicros: '1000' };
  const {
    rowCount: _rows,
    idempotency: _key,
    ...call
  } = chargeRequest(startMs, {
    compute: { memoryMiB: 2048, ms: 50 },
  });

  it('is charged its compute fee as an event of its own', async () => {
    const record = await chargeTimeout({ ...ports, terms: () => fee }, call);
    expect(record).toMatchObject({ inferenceId: call.inferenceId, amountMicros: 100n });
    expect(billing.events.get(call.inferenceId)?.event).toMatchObject({
      outcome: 'timed_out',
      priceBookVersion: 3,
      rowCount: 0,
      legs: { consumer: -100n, publisher: 0n, platform: 0n, compute: 100n },
    });
    expect(avail()).toBe(900n);
  });

  it('leaves its idempotency key to the call that will be answered', async () => {
    await chargeTimeout({ ...ports, terms: () => fee }, call);
    expect(billing.keys.size).toBe(0);
    expect((await charge({ idempotency: claim })).replayed).toBe(false);
  });

  it.each([
    { why: 'none is set', terms: DEFAULT_TERMS, ms: 50 },
    { why: 'it ran no time', terms: fee, ms: 0 },
  ])('is not recorded where $why', async ({ terms, ms }) => {
    const free = { ...call, compute: { memoryMiB: 2048, ms } };
    expect(await chargeTimeout({ ...ports, terms: () => terms }, free)).toBeUndefined();
    expect([billing.events.size, avail()]).toEqual([0, 1_000n]);
  });
});

describe('a call on a subscription', () => {
  const zero = { perCallMicros: '0', perRowMicros: '0', version: 1 };
  const quota = {
    subscriptionId: 'sub_1',
    periodStartMs: startMs,
    periodEndMs: startMs + 31 * 86_400_000,
    includedCalls: 2,
    beyond: { perCallMicros: '70', perRowMicros: '0', version: 1 },
  };
  const entitlement = { subscriptionId: 'sub_1', offerId: 'off_1', offerVersion: 1 };
  let count = 0;
  const onQuota = (changes: Partial<ChargeRequest> = {}) =>
    charge({ inferenceId: inferenceIdAt(startMs + ++count), price: zero, quota, entitlement, ...changes });

  it('is free while it is included, costs the price beyond, and says which in its event', async () => {
    const amounts: bigint[] = [];
    for (let i = 0; i < 3; i++) amounts.push((await onQuota()).amountMicros);
    expect(amounts).toEqual([0n, 0n, 70n]);
    expect(avail()).toBe(930n);
    const counter = `sub_1#${new Date(startMs).toISOString()}`;
    expect([...billing.events.values()].map(({ event }) => [event.countedIn, event.entitlement?.offerId])).toEqual([
      [counter, 'off_1'],
      [counter, 'off_1'],
      [undefined, 'off_1'],
    ]);
    expect([...billing.used.values()]).toEqual([2]);
  });

  it('is refused beyond where the offer stops there, and leaves no event', async () => {
    const hard = { ...quota, includedCalls: 0, beyond: undefined };
    await expect(onQuota({ quota: hard })).rejects.toMatchObject({
      code: 'quota_exceeded',
      extras: {
        links: [
          { rel: 'subscription', method: 'GET', href: `/v1/subscriptions/${hard.subscriptionId}` },
          { rel: 'offers', method: 'GET' },
        ],
      },
    });
    expect(billing.events.size).toBe(0);
  });

  it('is not charged beyond when an earlier try may have been counted', async () => {
    const { commit } = billing.charges;
    let tries = 0;
    ports = {
      ...ports,
      charges: {
        commit: async (one) =>
          tries++ === 0
            ? { is: 'try_again', cause: 'lost', mayBeDone: true }
            : commit({ ...one, quota: one.quota && { ...one.quota, includedCalls: 0 } }),
      },
    };
    await expect(onQuota()).rejects.toMatchObject({ code: 'unavailable' });
    expect(avail()).toBe(1_000n);
  });
});

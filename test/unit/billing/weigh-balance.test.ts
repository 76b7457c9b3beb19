// The balance under looks that see half of a transaction, calls that never pause, and entries that come in between.
import { describe, expect, it } from 'vitest';
import { weighBalance } from '../../../lambdas/billing/domain/audit/weigh-balance.ts';
import type { AuditedWallet, KeptEntry, KeptEvent } from '../../../lambdas/billing/domain/kept.ts';

const MINUTE = '2026-11-23T20:46';
const PRICE = 230n;

/** What one look sees: the wallet's own money before and after, the number of events, entries before and after. */
interface Scene {
  readonly before: bigint;
  readonly after?: bigint;
  readonly eventCount: number;
  readonly entries?: readonly bigint[];
  readonly entriesAfter?: readonly bigint[];
}

const entriesOf = (amounts: readonly bigint[]): KeptEntry[] =>
  amounts.map((amountMicros, index) => ({ id: `txn_${index}`, entry: { amountMicros, legs: {} }, fault: undefined }));

const walletOf = (own: bigint): AuditedWallet => ({ avail: own + 50n, creditLimit: 50n, revision: 1n });

/** Each look sees the next scene; the last one stays. */
const weigh = async (scenes: readonly Scene[]) => {
  let [lookCount, pauseCount] = [0, 0];
  let readings = { wallet: 0, entries: 0 };
  const scene = () => scenes[Math.min(lookCount, scenes.length - 1)] ?? { before: 0n, eventCount: 0 };
  const result = await weighBalance(
    {
      audit: {
        wallet: async () => walletOf(readings.wallet++ === 0 ? scene().before : (scene().after ?? scene().before)),
        entries: async () => {
          const { entries = [], entriesAfter = entries } = scene();
          return entriesOf(readings.entries++ === 0 ? entries : entriesAfter);
        },
      },
      open: { list: async () => [MINUTE, MINUTE.slice(0, 13), MINUTE.slice(0, 10)] },
      usage: { sums: async () => [] },
      events: {
        ofMinute: async () =>
          Array.from({ length: scene().eventCount }, () => ({ event: { amountMicros: PRICE } }) as KeptEvent),
      },
      sleep: async () => {
        pauseCount++;
        lookCount++;
        readings = { wallet: 0, entries: 0 };
      },
    },
    'acc_1',
    { closingMicros: 10_000n, fromMs: 0, minutes: new Set(), debitsMicros: 0n, openMinutes: [], nowMs: 0 },
  );
  return { ...result, lookCount: pauseCount + 1 };
};

const own = (eventCount: number) => 10_000n - PRICE * BigInt(eventCount);

describe('a balance', () => {
  it('is even after two looks that agree', async () => {
    expect(await weigh([{ before: own(2), eventCount: 2 }])).toMatchObject({
      offMicros: 0n,
      undecidedMicros: 0n,
      lookCount: 2,
    });
  });

  it('is off after three looks that agree, by exactly what it is off', async () => {
    const found = await weigh([{ before: own(2) - 1n, eventCount: 2 }]);
    expect(found).toMatchObject({ offMicros: -1n, derivedMicros: own(2), ownMicros: own(2) - 1n, lookCount: 3 });
  });

  it('is not off when one look saw a transaction half', async () => {
    const half = { before: own(1), eventCount: 2 };
    const whole = { before: own(2), eventCount: 2 };
    expect(await weigh([half, whole, whole])).toMatchObject({ offMicros: 0n, undecidedMicros: 0n });
    expect(await weigh([half, half, whole, whole])).toMatchObject({ offMicros: 0n, undecidedMicros: 0n });
  });

  it('is not even when one look saw a transaction half that hides a debit done twice', async () => {
    const hidden = { before: own(2), eventCount: 2 };
    const shown = { before: own(3), eventCount: 2 };
    expect(await weigh([hidden, shown, shown, shown])).toMatchObject({ offMicros: -PRICE });
  });

  it('is told as undecided, with the width, when calls come without a pause', async () => {
    const scenes = Array.from({ length: 20 }, (_, index) => ({
      before: own(index),
      after: own(index + 2),
      eventCount: index + 1,
    }));
    expect(await weigh(scenes)).toMatchObject({ offMicros: 0n, undecidedMicros: 2n * PRICE, lookCount: 16 });
  });

  it('is off beyond doubt when it lies outside of every bracket, though calls come without a pause', async () => {
    const scenes = Array.from({ length: 20 }, (_, index) => ({
      before: own(index) - 1_000n,
      after: own(index + 2) - 1_000n,
      eventCount: index + 1,
    }));
    const { offMicros } = await weigh(scenes);
    expect(offMicros).toBe(-770n);
  });

  it('takes entries that come while it looks into the bracket', async () => {
    const during = { before: own(1) + 5n, after: own(1) + 12n, eventCount: 1, entries: [5n], entriesAfter: [5n, 7n] };
    const then = { before: own(1) + 12n, eventCount: 1, entries: [5n, 7n] };
    expect(await weigh([during, during, during, then])).toMatchObject({ offMicros: 0n, undecidedMicros: 0n });
  });
});

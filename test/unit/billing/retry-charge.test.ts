import { describe, expect, it } from 'vitest';
import { MAX_RETRY_MS, MAX_TRIES, retryCharge } from '../../../lambdas/billing/domain/retry-charge.ts';
import type { ChargeOutcome } from '../../../lambdas/billing/ports.ts';

const setup = ({ random = 0.5, tryMs = 5 } = {}) => {
  let nowMs = 0;
  const pauses: number[] = [];
  const pace = {
    clock: () => nowMs,
    random: () => random,
    sleep: async (ms: number) => {
      pauses.push(ms);
      nowMs += ms;
    },
  };
  let tryCount = 0;
  const attempts = (outcomes: readonly ChargeOutcome[]) => async () => {
    nowMs += tryMs;
    return outcomes[Math.min(tryCount++, outcomes.length - 1)] as ChargeOutcome;
  };
  return { pace, pauses, attempts, tries: () => tryCount, elapsedMs: () => nowMs };
};
const again: ChargeOutcome = { is: 'try_again', cause: 'TransactionConflict', mayBeDone: false };
const lost: ChargeOutcome = { is: 'try_again', cause: 'no answer in time', mayBeDone: true };
const poor: ChargeOutcome = { is: 'no_funds', availMicros: 0n };

describe('a charge whose outcome is unknown', () => {
  it('is tried again until it is known', async () => {
    const { pace, attempts, tries } = setup();
    await expect(retryCharge(attempts([again, again, { is: 'committed' }]), pace)).resolves.toEqual({
      is: 'committed',
    });
    expect(tries()).toBe(3);
  });

  it('is given up after eight tries, with Retry-After', async () => {
    const { pace, attempts, tries } = setup({ random: 0 });
    await expect(retryCharge(attempts([again]), pace)).rejects.toMatchObject({
      code: 'unavailable',
      extras: { headers: { 'retry-after': '1' } },
    });
    expect(tries()).toBe(MAX_TRIES);
  });

  it('is never told as not recorded, since a try whose answer was lost may have committed', async () => {
    const { pace, attempts } = setup();
    await expect(retryCharge(attempts([lost, again]), pace)).rejects.toThrow(
      /^it is not known whether the charge was recorded \(no answer in time\): .*same Idempotency-Key/,
    );
  });

  it('is told as not recorded when every try was refused', async () => {
    const { pace, attempts } = setup();
    await expect(retryCharge(attempts([again]), pace)).rejects.toThrow(
      'the charge could not be recorded (TransactionConflict), so nothing was charged',
    );
  });

  it('is told as refused for want of money only when no earlier try may still arrive', async () => {
    const refused = setup();
    await expect(retryCharge(refused.attempts([again, poor]), refused.pace)).resolves.toEqual(poor);
    const unsure = setup();
    await expect(retryCharge(unsure.attempts([lost, again, poor]), unsure.pace)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('it is not known'),
    });
  });

  it('is given up when the time is over, without a pause that ends too late', async () => {
    const { pace, attempts, tries, elapsedMs } = setup({ random: 0.99, tryMs: 300 });
    await expect(retryCharge(attempts([again]), pace)).rejects.toMatchObject({ code: 'unavailable' });
    expect(tries()).toBeLessThan(MAX_TRIES);
    expect(elapsedMs()).toBeLessThanOrEqual(MAX_RETRY_MS + 300);
  });

  it('has no more time when it began in an earlier minute', async () => {
    const { pace, attempts, tries } = setup();
    await expect(retryCharge(attempts([again]), pace, pace.clock() - MAX_RETRY_MS)).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect(tries()).toBe(1);
  });

  it('waits longer at each try, by chance', async () => {
    const { pace, pauses, attempts } = setup({ random: 0.9, tryMs: 0 });
    await retryCharge(attempts([again, again, again, { is: 'committed' }]), pace);
    expect(pauses).toEqual([27, 54, 108]);
  });

  it('is not tried again once it is refused', async () => {
    const { pace, attempts, tries } = setup();
    await retryCharge(attempts([poor]), pace);
    expect(tries()).toBe(1);
  });
});

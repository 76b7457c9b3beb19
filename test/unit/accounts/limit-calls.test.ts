import { describe, expect, it } from 'vitest';
import { planLimits } from '../../../lambdas/accounts/contract.ts';
import { limitCallsWith, OPEN_MS, PATIENCE_MS } from '../../../lambdas/accounts/limit-calls.ts';
import type { LeaseStore } from '../../../lambdas/accounts/ports.ts';
import { callerWith, environment, memoryLeases } from '../../support/environments.ts';

const START_MS = Date.UTC(2026, 10, 23, 20, 46);
const KEY = 'key_01JDA8Z5V4W1T4E5R6T7Y8V9P0';
const limit = { calls: 10, windowSeconds: 5 };

describe('the limits of one environment', () => {
  it('let through as many calls as the limit has, and refuse the next with all that a client needs', async () => {
    const call = environment(memoryLeases(), () => START_MS);
    for (let made = 1; made <= 10; made++) {
      const { refusal, headers } = await call(callerWith(limit));
      expect(refusal).toBeUndefined();
      expect(headers['ratelimit-policy']).toBe('"account";q=10;w=5');
      expect(headers.ratelimit).toMatch(new RegExp(`^"account";r=${10 - made};t=[0-5]$`));
    }
    const { refusal, headers, figures } = await call(callerWith(limit));
    expect(refusal?.code).toBe('rate_limited');
    expect(refusal?.message).toContain('the account may make 10 calls at once and 2 a second on average');
    expect(refusal?.message).toContain('come again in 1 s');
    expect(headers).toEqual({
      'retry-after': '1',
      ratelimit: '"account";r=0;t=1',
      'ratelimit-policy': '"account";q=10;w=5',
    });
    expect(figures.limited).toBe('account');
  });

  it('let the next one through when the time that was named has passed, and not before', async () => {
    let nowMs = START_MS;
    const call = environment(memoryLeases(), () => nowMs);
    const slow = { calls: 1, windowSeconds: 3 };
    expect((await call(callerWith(slow))).refusal).toBeUndefined();
    nowMs += 500;
    const { headers } = await call(callerWith(slow));
    expect(headers['retry-after']).toBe('3');
    nowMs += 2_499;
    expect((await call(callerWith(slow))).refusal?.code).toBe('rate_limited');
    nowMs += 1;
    expect((await call(callerWith(slow))).refusal).toBeUndefined();
  });

  it('count a call by a key against key and account, and name the one that is used up', async () => {
    const limits = { key: { calls: 3, windowSeconds: 60 }, account: { calls: 5, windowSeconds: 60 } };
    const by = (keyId: string) => callerWith(limit, { limits, via: 'key', keyId });
    const call = environment(memoryLeases(), () => START_MS);
    for (let made = 0; made < 3; made++) expect((await call(by(KEY))).refusal).toBeUndefined();
    const third = await call(by(KEY));
    expect(third.refusal?.message).toContain('the API key may make 3 calls');
    expect(third.headers['ratelimit-policy']).toBe('"key";q=3;w=60, "account";q=5;w=60');
    expect(third.headers.ratelimit).toMatch(/^"key";r=0;t=20, "account";r=2;t=\d+$/);
    const other = KEY.replace(/0$/, '1');
    for (let made = 0; made < 2; made++) expect((await call(by(other))).refusal).toBeUndefined();
    expect((await call(by(other))).figures.limited).toBe('account');
    expect((await call(callerWith(limit, { limits }))).figures.limited).toBe('account');
  });

  it('ask nothing about those known to be over the limit', async () => {
    const leases = memoryLeases();
    const call = environment(leases, () => START_MS);
    for (let made = 0; made < 11; made++) await call(callerWith(limit));
    const { asked } = leases;
    for (let made = 0; made < 100; made++) expect((await call(callerWith(limit))).refusal).toBeDefined();
    expect(leases.asked).toBe(asked);
  });

  it('make a caller who comes now and then wait for the store only once, and take no more than was used', async () => {
    let nowMs = START_MS;
    const taken: number[] = [];
    const memory = memoryLeases();
    const call = environment(
      {
        take: async (request) => {
          const grant = await memory.take(request);
          taken.push(grant.granted);
          return grant;
        },
      },
      () => nowMs,
    );
    const waited: unknown[] = [];
    for (let made = 0; made < 20; made++, nowMs += 2_500) {
      const { figures } = await call(callerWith(planLimits.free.account));
      waited.push(figures.limitWaitMs);
    }
    expect(waited).toEqual([0, ...Array.from({ length: 19 }, () => undefined)]);
    expect(taken).toEqual(Array.from({ length: 20 }, () => 1));
  });

  it('take nothing ahead where the rate gives less than a call a second', async () => {
    const slow = { calls: 4, windowSeconds: 600 };
    let nowMs = START_MS;
    const call = environment(memoryLeases(), () => nowMs);
    for (let made = 0; made < 4; made++, nowMs += 2_000) expect((await call(callerWith(slow))).refusal).toBeUndefined();
    const { headers } = await call(callerWith(slow));
    expect(headers['retry-after']).toBe('142');
  });

  it('ask the store about once a second for a busy caller', async () => {
    let nowMs = START_MS;
    const leases = memoryLeases();
    const call = environment(leases, () => nowMs);
    // 100 calls a second for 20 s, where 200 a second are allowed.
    for (let made = 0; made < 2_000; made++, nowMs += 10) {
      expect((await call(callerWith(planLimits.free.account))).refusal).toBeUndefined();
    }
    expect(leases.asked).toBeLessThan(40);
  });

  it('hold as they are now: those of an hour, used up, do not outlast a change', async () => {
    let nowMs = START_MS;
    const leases = memoryLeases();
    const [call, other] = [environment(leases, () => nowMs), environment(leases, () => nowMs)];
    const hourly = callerWith({ calls: 100, windowSeconds: 3_600 });
    const usual = callerWith({ calls: 200, windowSeconds: 10 });
    for (let made = 0; made < 100; made++) expect((await call(hourly)).refusal).toBeUndefined();
    expect((await call(hourly)).headers['retry-after']).toBe('36');
    // Used up is used up, but comes back at the new rate: where the old one was known, and where it never was.
    for (const place of [call, other]) {
      const { refusal, headers } = await place(usual);
      expect([refusal?.code, headers['retry-after']]).toEqual(['rate_limited', '1']);
    }
    nowMs += 50;
    expect((await call(usual)).refusal).toBeUndefined();
    nowMs += 10_000;
    for (let made = 0; made < 200; made++) expect((await call(usual)).refusal).toBeUndefined();
  });

  it('hear nothing that the store says of a limit that was changed while it was asked', async () => {
    let nowMs = START_MS;
    const memory = memoryLeases();
    let answer: (() => void) | undefined;
    let slow = false;
    const leases: LeaseStore = {
      take: async (request) => {
        const grant = await memory.take(request);
        if (slow) await new Promise<void>((resolve) => (answer = resolve));
        return grant;
      },
    };
    const call = environment(leases, () => nowMs);
    const hourly = callerWith({ calls: 1, windowSeconds: 3_600 });
    await call(hourly);
    nowMs += 1;
    const again = environment(leases, () => nowMs);
    slow = true;
    const late = again(hourly);
    await new Promise((resolve) => setImmediate(resolve));
    slow = false;
    nowMs += 60;
    const usual = callerWith({ calls: 200, windowSeconds: 10 });
    await again(usual);
    answer?.();
    await late;
    nowMs += 60;
    expect((await again(usual)).refusal).toBeUndefined();
  });

  it('do not hold up operators at what only operators may do', async () => {
    const call = environment(memoryLeases(), () => START_MS);
    const operator = callerWith({ calls: 1, windowSeconds: 60 }, { operator: true });
    for (let made = 0; made < 5; made++) expect((await call(operator, 'operator')).headers).toEqual({});
    expect((await call(operator)).refusal).toBeUndefined();
    expect((await call(operator)).refusal?.code).toBe('rate_limited');
    const stranger = callerWith({ calls: 1, windowSeconds: 60 });
    expect((await call(stranger, 'operator')).refusal?.code).toBe('rate_limited');
  });

  it('hold for whoever tells of none as the default plan has them', async () => {
    const call = environment(memoryLeases(), () => START_MS);
    const { limits: _, ...caller } = callerWith(limit, { via: 'key', keyId: KEY });
    expect((await call(caller)).headers['ratelimit-policy']).toBe('"key";q=500;w=5, "account";q=2000;w=10');
  });
});

describe('limits whose store does not answer', () => {
  it('let calls through, say so, and leave the store alone for a second', async () => {
    let nowMs = START_MS;
    let asked = 0;
    const broken: LeaseStore = {
      take: async () => {
        asked++;
        throw Object.assign(new Error('injected'), { name: 'InternalServerError' });
      },
    };
    const call = environment(broken, () => nowMs);
    for (let made = 0; made < 50; made++) {
      const { refusal, figures } = await call(callerWith(limit));
      expect(refusal).toBeUndefined();
      expect(figures.limitsOpen).toBeDefined();
    }
    expect(asked).toBe(1);
    nowMs += OPEN_MS;
    expect((await call(callerWith(limit))).figures.limitsOpen).toBe('InternalServerError');
    expect(asked).toBe(2);
  });

  it('wait for it no longer than their patience', async () => {
    const patience: number[] = [];
    const admit = limitCallsWith({
      leases: { take: () => new Promise(() => {}) },
      clock: () => START_MS,
      within: (_, ms) => {
        patience.push(ms);
        return Promise.reject(Object.assign(new Error('late'), { name: 'TooLate' }));
      },
    });
    const figures: Record<string, string | number | boolean | undefined> = {};
    await admit(callerWith(limit), { auth: 'required' }, figures);
    expect([patience, figures.limitsOpen]).toEqual([[PATIENCE_MS], 'TooLate']);
  });

  it('hold again once it answers', async () => {
    let nowMs = START_MS;
    let broken = true;
    const memory = memoryLeases();
    const call = environment(
      { take: (request) => (broken ? Promise.reject(new Error('injected')) : memory.take(request)) },
      () => nowMs,
    );
    await call(callerWith(limit));
    broken = false;
    nowMs += OPEN_MS;
    for (let made = 0; made < 10; made++) expect((await call(callerWith(limit))).refusal).toBeUndefined();
    expect((await call(callerWith(limit))).refusal?.code).toBe('rate_limited');
  });
});

describe('credit', () => {
  it('is one call of an environment at a time: the others wait for the store', async () => {
    const memory = memoryLeases();
    const waiting: (() => void)[] = [];
    let slow = false;
    const leases: LeaseStore = {
      take: async (request) => {
        const grant = await memory.take(request);
        if (slow) await new Promise<void>((resolve) => waiting.push(resolve));
        return grant;
      },
    };
    const admit = limitCallsWith({ leases, clock: () => START_MS, within: (promise) => promise });
    const wide = callerWith({ calls: 1_000, windowSeconds: 1 });
    await admit(wide, { auth: 'required' }, {});
    slow = true;
    let admittedCount = 0;
    const calls = Array.from({ length: 5 }, async () => {
      const { beside } = await admit(wide, { auth: 'required' }, {});
      admittedCount++;
      return beside;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(admittedCount).toBe(1);
    slow = false;
    for (const go of waiting) go();
    await Promise.all(calls);
    expect(admittedCount).toBe(5);
  });
});

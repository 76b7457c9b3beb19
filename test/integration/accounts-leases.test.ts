// Limits on a real table: many environments at once, and the table's own conditions.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamoLeases } from '../../lambdas/accounts/adapters/dynamo-leases.ts';
import { intervalUs, takeCalls } from '../../lambdas/accounts/domain/gcra.ts';
import { limitCallsWith } from '../../lambdas/accounts/limit-calls.ts';
import type { LeaseStore } from '../../lambdas/accounts/ports.ts';
import { DomainError } from '../../lambdas/shared/kernel/errors.ts';
import type { RateLimit } from '../../lambdas/shared/platform/caller.ts';
import { within } from '../../lambdas/shared/platform/within.ts';
import { createContextTable, type Emulator, startEmulator } from '../support/emulator.ts';
import { callerWith, excessOf } from '../support/environments.ts';
import { FaultProxy } from '../support/fault-proxy.ts';

const TABLE = 'accounts';
const START_MS = Date.UTC(2026, 10, 23, 20, 46);

let emulator: Emulator;
let client: DynamoDBDocument;
let leases: LeaseStore;

const clientOf = (endpoint: string) =>
  DynamoDBDocument.from(
    new DynamoDBClient({
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    }),
  );

beforeAll(async () => {
  emulator = await startEmulator();
  await createContextTable(emulator.endpoint, TABLE);
  client = clientOf(emulator.endpoint);
  leases = dynamoLeases(client, TABLE);
});

afterAll(() => emulator?.stop());

describe('a lease', () => {
  const limit = { calls: 7, windowSeconds: 2 };

  it('is what the rule grants, whatever was seen before and however the item stands', async () => {
    let tatUs: number | undefined;
    let nowMs = START_MS;
    const waits = [0, 0, 0, 100, 2_000, 5, 300, 9_000, 0, 1];
    for (const [step, waitMs] of waits.entries()) {
      nowMs += waitMs;
      const wanted = { count: 1 + (step % 4), owed: (step % 3 === 2 ? 1 : 0) as 0 | 1 };
      // What an environment saw last may be anything: nothing, the truth, or long past.
      const seenTatUs = [undefined, tatUs, START_MS * 1000 - 5][step % 3];
      const expected = takeCalls(tatUs, nowMs * 1000, wanted, limit);
      const got = await leases.take({ subject: 'acc_rule', limit, nowMs, seenTatUs, ...wanted });
      expect([step, got.granted]).toEqual([step, expected.granted]);
      if (got.granted > 0) expect([step, got.tatUs]).toEqual([step, expected.tatUs]);
      tatUs = got.granted > 0 ? got.tatUs : tatUs;
    }
  });

  it('leaves one small item that ends by itself', async () => {
    await leases.take({ subject: 'acc_item', limit, nowMs: START_MS, seenTatUs: undefined, count: 2, owed: 0 });
    const { Item } = await client.get({ TableName: TABLE, Key: { pk: 'lease#acc_item', sk: 'lease' } });
    const tatUs = START_MS * 1000 + 2 * intervalUs(limit);
    expect(Item).toEqual({
      pk: 'lease#acc_item',
      sk: 'lease',
      schema: 1,
      tatUs,
      policy: '7/2',
      expiresAt: START_MS / 1000 + 2 * limit.windowSeconds + 3_600,
    });
    expect(Item?.expiresAt).toBeGreaterThan(tatUs / 1e6);
  });

  it('is of the limit in force: one of an hour, used up, does not outlast a change', async () => {
    const take = (limit: RateLimit, nowMs: number, owed: 0 | 1 = 0) =>
      leases.take({ subject: 'acc_change', limit, nowMs, seenTatUs: undefined, count: 1_000, owed });
    const hourly = { calls: 1_000, windowSeconds: 3_600 };
    const usual = { calls: 2_000, windowSeconds: 10 };
    expect((await take(hourly, START_MS)).granted).toBe(1_000);
    const full = START_MS * 1000 + 10_000_000;
    expect(await take(usual, START_MS)).toEqual({ granted: 0, tatUs: full });
    // Asking does not push it off, and what the other environments still hold of the old limit passes in a minute.
    expect(await take(usual, START_MS + 5)).toEqual({ granted: 1, tatUs: full + 5_000 });
    expect((await take(usual, START_MS + 5_005)).granted).toBe(1_000);
    expect((await take(hourly, START_MS + 5_005)).granted).toBe(997);
    expect(await take(usual, START_MS + 5_005, 1)).toEqual({ granted: 1, tatUs: full + 5_005_000 + 5_000 });
    expect((await take(usual, START_MS + 20_005)).granted).toBe(1_000);
  });

  it('is never granted twice, whatever is lost, repeated or refused on the way', async () => {
    const proxy = new FaultProxy({
      target: emulator.endpoint,
      seed: 11,
      rates: {
        UpdateItem: { 'drop-answer': 0.15, 'error-after': 0.15, duplicate: 0.15, throttle: 0.1, conflict: 0.05 },
      },
      maxDelayMs: 5,
    });
    const faulty = dynamoLeases(clientOf(await proxy.start()), TABLE);
    const wide = { calls: 120, windowSeconds: 10 };
    try {
      const told = await Promise.allSettled(
        Array.from({ length: 60 }, (_, index) => {
          const wanted = { count: 1 + (index % 5), owed: 0 as const };
          return faulty.take({ subject: 'acc_faults', limit: wide, nowMs: START_MS, seenTatUs: undefined, ...wanted });
        }),
      );
      const granted = told.reduce((sum, one) => sum + (one.status === 'fulfilled' ? one.value.granted : 0), 0);
      expect(granted).toBeGreaterThan(0);
      expect(granted).toBeLessThanOrEqual(120);
      const { Item } = await client.get({ TableName: TABLE, Key: { pk: 'lease#acc_faults', sk: 'lease' } });
      // What was told is in the table, and never more than the limit.
      expect(Item?.tatUs).toBeGreaterThanOrEqual(START_MS * 1000 + granted * intervalUs(wide));
      expect(Item?.tatUs).toBeLessThanOrEqual(START_MS * 1000 + 120 * intervalUs(wide));
      expect(Object.values(proxy.counts()).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(20);
    } finally {
      await proxy.stop();
    }
  });

  it('is granted to many at once as often as there is room, and no more', async () => {
    const wide = { calls: 50, windowSeconds: 10 };
    const grants = await Promise.all(
      Array.from({ length: 60 }, () =>
        leases.take({ subject: 'acc_many', limit: wide, nowMs: START_MS, seenTatUs: undefined, count: 1, owed: 0 }),
      ),
    );
    expect(grants.reduce((sum, { granted }) => sum + granted, 0)).toBe(50);
  });
});

describe('one limit, many environments on one table', () => {
  const ENVIRONMENTS = 30;
  const RUN_MS = 4_000;
  const limit = { calls: 60, windowSeconds: 1 };

  it('never let through more than the stated bound, in any window', async () => {
    const admittedMs: number[] = [];
    const counts = { refused: 0, open: 0 };
    // Between being let through and being noted: by so much, windows seem narrower than they were.
    let longestMs = 0;
    const endMs = Date.now() + RUN_MS;
    const run = async () => {
      // Patience without end: an emulator under load must not open the limits that are measured here.
      const admit = limitCallsWith({ leases, clock: Date.now, within: (promise) => within(promise, 60_000) });
      while (Date.now() < endMs) {
        const startedMs = Date.now();
        const figures: Record<string, string | number | boolean | undefined> = {};
        const outcome = await admit(callerWith(limit), { auth: 'required' }, figures).catch((fault) => fault);
        if (outcome instanceof DomainError) counts.refused++;
        else {
          const nowMs = Date.now();
          admittedMs.push(nowMs);
          longestMs = Math.max(longestMs, nowMs - startedMs);
          await outcome.beside;
        }
        if (figures.limitsOpen) counts.open++;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
      }
    };
    await Promise.all(Array.from({ length: ENVIRONMENTS }, run));
    admittedMs.sort((a, b) => a - b);
    expect(counts.open).toBe(0);
    expect(counts.refused).toBeGreaterThan(0);
    const excess = excessOf(admittedMs, limit, { environmentCount: ENVIRONMENTS, clocksApartMs: longestMs });
    expect(excess).toBeLessThanOrEqual(0);
    // All that may be made at once were made: nobody was held up below the limit.
    expect(admittedMs.length).toBeGreaterThanOrEqual(limit.calls);
  });
});

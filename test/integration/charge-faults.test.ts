// The short form of `npm run test:charge`: two seeds, every crash point, every rejected algorithm.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allRejected } from '../charge/rejected/all-rejected.ts';
import { crashCatches, tryCrashPoints, tryOurs, tryRejected, tryRejectedCrash } from '../charge/suite.ts';
import { type Emulator, startEmulator } from '../support/emulator.ts';

let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator?.stop());

describe('the charge, under faults and crashes by 48 callers at once', () => {
  it.each([1, 2])('keeps every account, key and sum exact with seed %i', async (seed) => {
    const { verdicts, line } = await tryOurs(emulator, seed);
    expect(verdicts.filter(({ found }) => found !== undefined)).toEqual([]);
    expect(line).toContain('difference 0');
  });
});

describe('a call whose environment dies', () => {
  it('at any await is charged once at most, after it was computed, and repeated free', async () => {
    const wrong: string[] = [];
    let pointCount = 0;
    await tryCrashPoints(emulator, ({ name, results }) => {
      pointCount += results.length;
      for (const { point, found } of results) if (found !== undefined) wrong.push(`${name}, ${point}: ${found}`);
    });
    expect(wrong).toEqual([]);
    // The shortest way through a call has its reads, its marks, the run and the charge.
    expect(pointCount).toBeGreaterThan(100);
  });

  it.each(crashCatches)('gives $name away', async (algorithm) => {
    expect(await tryRejectedCrash(emulator, algorithm)).toMatchObject({ caught: true });
  });
});

describe('an algorithm that was rejected', () => {
  it.each(allRejected)('is caught: $name ($why)', async (algorithm) => {
    expect(await tryRejected(emulator, algorithm)).toMatchObject({ caught: true });
  });
});

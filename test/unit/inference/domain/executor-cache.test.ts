// Executors are kept within a bound of bytes, buffers of the largest batch included.
import { describe, expect, it } from 'vitest';
import { createExecutorCache } from '../../../../lambdas/inference/domain/executor-cache.ts';
import type { Executor } from '../../../../lambdas/shared/executor/load-executor.ts';

/** Its buffers take 1,000 bytes a row. */
const executor = (): Executor => ({
  inputs: [],
  outputs: [],
  work: { fixed: 0, perRow: 0 },
  bufferBytes: (rows) => rows * 1_000,
  run: () => [],
});

/** What one of no bytes holds with its row. */
const EMPTY = 131_072 + 1_000;

const filled = async (budgetBytes: number, ...keys: string[]) => {
  const cache = createExecutorCache(budgetBytes);
  for (const key of keys) await cache.load(key, 0, async () => executor());
  return cache;
};

describe('a cache of executors', () => {
  it('loses the least recently used when it is full', async () => {
    const cache = await filled(2 * EMPTY, 'a', 'b');
    cache.find('a');
    await cache.load('c', 0, async () => executor());
    expect(['a', 'b', 'c'].map((key) => cache.find(key) !== undefined)).toEqual([true, false, true]);
    expect(cache.heldBytes()).toBe(2 * EMPTY);
  });

  it('counts once what was pushed out and is loaded again', async () => {
    const cache = await filled(2 * EMPTY, 'a', 'b');
    const a = cache.find('a');
    cache.find('b');
    if (!a) throw new Error('it was loaded');
    cache.takeRows('a', a, 50);
    await cache.load('b', 0, async () => executor());
    await cache.load('b', 0, async () => executor());
    expect(cache.find('b')).toBeDefined();
    expect(cache.heldBytes()).toBeLessThanOrEqual(2 * EMPTY);
  });

  it('counts the compiled bytes, and the buffers of the largest batch', async () => {
    const cache = createExecutorCache(1e6);
    const one = await cache.load('a', 10_000, async () => executor());
    expect(cache.heldBytes()).toBe(EMPTY + 40_000);
    expect(cache.takeRows('a', one, 100)).toBe(true);
    expect(cache.takeRows('a', one, 3)).toBe(true);
    expect(cache.heldBytes()).toBe(EMPTY + 40_000 + 99_000);
  });

  it('makes room for a large batch, and refuses one that has no place at all', async () => {
    const cache = await filled(3 * EMPTY, 'a', 'b', 'c');
    const c = cache.find('c');
    if (!c) throw new Error('it was loaded last');
    expect(cache.takeRows('c', c, 100)).toBe(true);
    expect(['a', 'b', 'c'].map((key) => cache.find(key) !== undefined)).toEqual([false, true, true]);
    expect(cache.heldBytes()).toBeLessThanOrEqual(3 * EMPTY);
    expect(cache.takeRows('c', c, 500)).toBe(false);
    expect(cache.find('c')).toBe(c);
  });

  it('lets calls that come while it loads wait together', async () => {
    const cache = createExecutorCache(1e6);
    let loads = 0;
    const load = async () => {
      loads++;
      await Promise.resolve();
      return executor();
    };
    const [a, b] = await Promise.all([cache.load('a', 0, load), cache.load('a', 0, load)]);
    expect(a).toBe(b);
    expect(loads).toBe(1);
    expect(cache.find('a')).toBe(a);
    expect(cache.heldBytes()).toBe(EMPTY);
  });

  it('forgets a load that failed', async () => {
    const cache = createExecutorCache(1e6);
    await expect(cache.load('a', 0, () => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
    expect(cache.find('a')).toBeUndefined();
    expect(await cache.load('a', 0, async () => executor())).toBeDefined();
  });
});

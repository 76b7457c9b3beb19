// Loaded models stay within their bytes, whoever asks for what.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSessionCache } from '../../../../lambdas/inference/domain/session-cache.ts';

const createWorld = (budgetBytes: number) => {
  const events: string[] = [];
  const cache = createSessionCache<string>({
    budgetBytes,
    release: async (session) => {
      events.push(`release ${session}`);
    },
  });
  const use = (key: string, sizeBytes: number) =>
    cache.use(
      key,
      sizeBytes,
      async () => {
        events.push(`load ${key}`);
        return key;
      },
      async (session) => session,
    );
  return { cache, events, use };
};

describe('the session cache', () => {
  it('loads once, and again only after eviction; the least recently used goes first', async () => {
    const { events, use } = createWorld(20);
    await use('a', 10);
    await use('b', 10);
    await use('a', 10);
    await use('c', 10);
    await use('a', 10);
    expect(events).toEqual(['load a', 'load b', 'release b', 'load c']);
  });

  it('loads one model once for callers at the same time', async () => {
    const { events, use } = createWorld(20);
    await Promise.all([use('a', 10), use('a', 10), use('a', 10)]);
    expect(events).toEqual(['load a']);
  });

  it('does not release a session in use', async () => {
    const { cache, events, use } = createWorld(10);
    let finish = () => {};
    const long = cache.use(
      'a',
      10,
      async () => 'a',
      () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    );
    await use('b', 10);
    expect(events).toEqual(['load b']);
    finish();
    await long;
    await use('c', 10);
    expect(events).toContain('release a');
  });

  it('forgets a load that failed', async () => {
    const { cache, use } = createWorld(10);
    await expect(
      cache.use(
        'a',
        10,
        () => Promise.reject(new Error('gone')),
        async () => {},
      ),
    ).rejects.toThrow('gone');
    expect(cache.heldBytes()).toBe(0);
    expect(await use('a', 10)).toBe('a');
  });

  it('never holds more than its budget, but for one model that is larger alone', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.integer({ min: 1, max: 12 })), {
          maxLength: 40,
        }),
        async (uses) => {
          const { cache, use } = createWorld(20);
          const sizes = new Map<string, number>();
          for (const [key, size] of uses) {
            if (!sizes.has(key)) sizes.set(key, size);
            await use(key, sizes.get(key) ?? size);
            expect(cache.heldBytes()).toBeLessThanOrEqual(20);
          }
        },
      ),
    );
    const { cache, use } = createWorld(20);
    await use('small', 5);
    await use('giant', 50);
    expect(cache.heldBytes()).toBe(50);
  });
});

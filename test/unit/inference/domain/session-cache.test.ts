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

  it('releases all that is not in use when it is cleared', async () => {
    const { cache, events, use } = createWorld(30);
    await use('a', 10);
    await use('b', 10);
    await cache.use(
      'c',
      10,
      async () => 'c',
      async () => cache.clear(),
    );
    expect(events).toEqual(['load a', 'load b', 'release a', 'release b']);
    expect(cache.heldBytes()).toBe(10);
    await cache.clear();
    expect(events.at(-1)).toBe('release c');
    expect(cache.heldBytes()).toBe(0);
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

  it('uses a loaded session at once, and waits for nothing', async () => {
    const { cache, events, use } = createWorld(20);
    await use('a', 10);
    expect(cache.useLoaded('a', (session, more) => session + more, '!')).toBe('a!');
    expect(cache.useLoaded('b', () => 'b', undefined)).toBeUndefined();
    const fail = () => {
      throw new Error('run');
    };
    expect(() => cache.useLoaded('a', fail, undefined)).toThrow('run');
    let finish = () => {};
    const long = cache.useLoaded('a', () => new Promise<void>((resolve) => (finish = resolve)), undefined);
    await use('b', 20);
    expect(events).not.toContain('release a');
    finish();
    await long;
    await use('c', 20);
    expect(events).toEqual(['load a', 'load b', 'release a', 'release b', 'load c']);
  });

  describe('with files', () => {
    const createFileWorld = () => {
      const released: string[] = [];
      const cache = createSessionCache<string>({
        budgetBytes: 100,
        fileBudgetBytes: 20,
        release: async (session) => {
          released.push(session);
        },
      });
      const use = (key: string, memoryBytes: number, fileBytes: number) =>
        cache.use(
          key,
          { memoryBytes, fileBytes },
          async () => key,
          (session) => session,
        );
      return { cache, released, use };
    };

    it('evicts for files as for memory', async () => {
      const { cache, released, use } = createFileWorld();
      await use('a', 1, 10);
      await use('b', 1, 10);
      await use('c', 1, 1);
      expect(released).toEqual(['a']);
      expect([cache.heldBytes(), cache.heldFileBytes()]).toEqual([2, 11]);
    });

    it('lets a session hold more where others can make room', async () => {
      const { cache, released, use } = createFileWorld();
      await use('a', 60, 0);
      await use('b', 40, 0);
      expect(await cache.resize('b', { memoryBytes: 90, fileBytes: 5 })).toBe(true);
      expect(released).toEqual(['a']);
      expect([cache.heldBytes(), cache.heldFileBytes()]).toEqual([90, 5]);
    });

    it('leaves all as it was counted where they cannot', async () => {
      const { cache, use } = createFileWorld();
      await use('a', 60, 0);
      expect(await cache.resize('a', { memoryBytes: 101, fileBytes: 0 })).toBe(false);
      expect(await cache.resize('gone', { memoryBytes: 1, fileBytes: 0 })).toBe(false);
      expect(cache.heldBytes()).toBe(60);
      expect(await use('a', 60, 0)).toBe('a');
    });
  });
});

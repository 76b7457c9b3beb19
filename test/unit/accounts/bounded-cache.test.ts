import { expect, it } from 'vitest';
import { BoundedCache } from '../../../lambdas/accounts/domain/bounded-cache.ts';

it('gives back what was set until its time is over', () => {
  const cache = new BoundedCache<string>(2);
  cache.set('a', 'first', 100);
  expect(cache.get('a', 99)).toBe('first');
  expect(cache.get('a', 100)).toBeUndefined();
  expect(cache.count).toBe(0);
});

it('never holds more than its bound, and lets the longest unused go', () => {
  const cache = new BoundedCache<number>(3);
  for (const [index, key] of ['a', 'b', 'c'].entries()) cache.set(key, index, 1000);
  cache.get('a', 1);
  cache.set('d', 3, 1000);
  expect(cache.count).toBe(3);
  expect(cache.get('b', 1)).toBeUndefined();
  expect(cache.get('a', 1)).toBe(0);
});

it('replaces an entry of the same key without pushing another out', () => {
  const cache = new BoundedCache<number>(2);
  cache.set('a', 1, 1000);
  cache.set('b', 2, 1000);
  cache.set('a', 3, 1000);
  expect([cache.get('a', 1), cache.get('b', 1)]).toEqual([3, 2]);
});

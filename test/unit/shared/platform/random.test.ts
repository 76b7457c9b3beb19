// Randomness from a pool: nothing is given twice, however it is asked for.
import { expect, it } from 'vitest';
import { newId } from '../../../../lambdas/shared/platform/new-id.ts';
import { randomByte, randomHex } from '../../../../lambdas/shared/platform/random.ts';

it('gives hexadecimal digits that do not come again, over many fillings of the pool', () => {
  const seen = new Set<string>();
  for (let count = 0; count < 20_000; count++) {
    const text = randomHex(8);
    expect(text).toMatch(/^[0-9a-f]{16}$/);
    seen.add(text);
    if (count % 3 === 0) randomByte();
  }
  expect(seen.size).toBe(20_000);
});

it('gives every byte about as often', () => {
  const counts = new Uint32Array(256);
  for (let count = 0; count < 256 * 400; count++) {
    const byte = randomByte();
    counts[byte] = (counts[byte] ?? 0) + 1;
  }
  // 400 each, give or take six standard deviations.
  expect(Math.min(...counts)).toBeGreaterThan(200);
  expect(Math.max(...counts)).toBeLessThan(600);
});

it('makes ids whose random part has every character in every place', () => {
  const places = Array.from({ length: 16 }, () => new Set<string>());
  // Each of another millisecond: within one, ids count up.
  for (let count = 0; count < 2_000; count++) {
    const ulid = newId('req', 1 + count).slice('req_'.length);
    for (const [index, place] of places.entries()) place.add(ulid.charAt(10 + index));
  }
  expect(places.map(({ size }) => size)).toEqual(places.map(() => 32));
});

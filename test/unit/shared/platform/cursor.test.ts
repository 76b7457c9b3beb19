import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeCursor, encodeCursor } from '../../../../lambdas/shared/platform/cursor.ts';

const filters = { list: 'keys', accountId: 'acc_1' };

it('comes back as the key it was made of', () => {
  const key = fc.dictionary(
    fc.string({ minLength: 1 }).filter((name) => name !== '__proto__'),
    fc.oneof(fc.string(), fc.integer()),
  );
  fc.assert(
    fc.property(key, (lastKey) => {
      const cursor = encodeCursor(lastKey, filters);
      expect(cursor).toMatch(/^[\w-]+$/);
      expect(decodeCursor(cursor ?? undefined, filters)).toEqual({ ...lastKey });
    }),
  );
});

it('is null at the end of a list, and no cursor is the beginning', () => {
  expect(encodeCursor(undefined, filters)).toBeNull();
  expect(decodeCursor(undefined, filters)).toBeUndefined();
});

it('is refused by a list with other filters', () => {
  const cursor = encodeCursor({ sk: 'a' }, filters) ?? '';
  expect(() => decodeCursor(cursor, { ...filters, accountId: 'acc_2' })).toThrow(
    expect.objectContaining({ kind: 'invalid', code: 'invalid_cursor' }),
  );
});

it('is refused when it is anything else', () => {
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const good = encodeCursor({ sk: 'a' }, filters) ?? '';
  const f = JSON.parse(Buffer.from(good, 'base64url').toString()).f;
  for (const bad of [
    '',
    'x',
    good.slice(0, -4),
    encoded(null),
    encoded([]),
    encoded({ k: {} }),
    encoded({ k: { a: {} }, f }),
  ]) {
    expect(() => decodeCursor(bad, filters)).toThrow(expect.objectContaining({ code: 'invalid_cursor' }));
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => decodeCursor(text, filters)).toThrow(expect.objectContaining({ code: 'invalid_cursor' }));
    }),
  );
});

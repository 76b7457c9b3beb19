import fc from 'fast-check';
import { ulid } from 'ulidx';
import { describe, expect, it } from 'vitest';
import {
  idBoundary,
  idPrefixes,
  idTimeMs,
  isId,
  modelNamePattern,
  namePartPattern,
} from '../../../../lambdas/shared/kernel/ids.ts';
import { newId } from '../../../../lambdas/shared/platform/new-id.ts';

/** From 1 on: the library's factory begins at 0, and takes an id of that instant for a second one. */
const instant = fc.integer({ min: 1, max: 2 ** 48 - 1 });

describe('an id', () => {
  it('tells the millisecond it was made in', () => {
    // One factory serves all: it never goes back in time, so the instants are tried in order.
    fc.assert(
      fc.property(fc.array(instant, { minLength: 1, maxLength: 20 }), (instants) => {
        let latest = 0;
        for (const ms of instants.sort((a, b) => a - b)) {
          const id = newId('inf', ms);
          expect(isId('inf', id)).toBe(true);
          const told = idTimeMs(id);
          expect(told).toBeGreaterThanOrEqual(Math.max(ms, latest));
          latest = told;
        }
      }),
      { numRuns: 20 },
    );
  });

  it('sorts behind the boundary of its instant and before that of the next', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 48 - 2 }), (ms) => {
        const id = `txn_${ulid(ms)}`;
        expect(id > idBoundary('txn', ms)).toBe(true);
        expect(id < idBoundary('txn', ms + 1)).toBe(true);
        expect(idTimeMs(idBoundary('txn', ms))).toBe(ms);
      }),
    );
  });

  it('is of its own prefix and no other', () => {
    const id = newId('acc', Date.UTC(2026, 10, 23));
    for (const prefix of idPrefixes) expect(isId(prefix, id)).toBe(prefix === 'acc');
  });

  it('is refused when anything stands before, after or in it that does not belong', () => {
    const good = 'acc_01JDA8Z5V4W1T4E5R6T7Y8V9P0';
    expect(isId('acc', good)).toBe(true);
    for (const bad of [
      `${good}\n`,
      ` ${good}`,
      good.toLowerCase(),
      `${good}0`,
      good.slice(0, -1),
      good.replace('V9', 'U9'),
      good.replace('_', '#'),
      good.replace('_0', '_8'),
      'acc_',
      '',
    ]) {
      expect(isId('acc', bad)).toBe(false);
    }
  });

  it('sorts as it was made, within one millisecond too', () => {
    const ms = Date.UTC(2200, 0, 1);
    const ids = Array.from({ length: 100 }, () => newId('evt', ms));
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(100);
  });
});

describe('names', () => {
  it.each(['ab', 'a1', 'a_b-c', `a${'x'.repeat(63)}`])('%j is a name part', (name) => {
    expect(namePartPattern.test(name)).toBe(true);
    expect(modelNamePattern.test(`${name}.${name}`)).toBe(true);
  });

  it.each(['', 'a', '1a', '-a', 'Ab', 'a b', 'a.b', 'a/b', 'ä1', `a${'x'.repeat(64)}`, 'ab\n'])(
    '%j is none',
    (name) => {
      expect(namePartPattern.test(name)).toBe(false);
      expect(modelNamePattern.test(`acme.${name}`)).toBe(false);
    },
  );
});

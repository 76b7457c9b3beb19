import fc from 'fast-check';
import { compare, valid } from 'semver';
import { describe, expect, it } from 'vitest';
import { isVersion, movesLatest, sortKeyOf } from '../../../lambdas/registry/domain/version-order.ts';

const number = fc.oneof(fc.nat(12), fc.nat(), fc.bigInt(0n, 999_999_999_999_999n)).map(String);
const word = fc.stringMatching(/^[0-9]{0,2}[a-zA-Z-][0-9a-zA-Z-]{0,4}$/);
const prerelease = fc
  .array(fc.oneof(number, word), { minLength: 1, maxLength: 3 })
  .map((parts) => `-${parts.join('.')}`);
const version = fc
  .tuple(number, number, number, fc.oneof(fc.constant(''), prerelease))
  .map(([major, minor, patch, rest]) => `${major}.${minor}.${patch}${rest}`)
  .filter((text) => text.length <= 64);

const sign = (value: number) => Math.sign(value) + 0;
const textOrder = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

describe('the sort key of a version', () => {
  it('orders as semantic versions do', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(textOrder(sortKeyOf(a), sortKeyOf(b))).toBe(sign(compare(a, b)));
      }),
      { numRuns: 3000 },
    );
  });

  it('orders the example of semver.org', () => {
    const rising = [
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0-rc.1',
      '1.0.0',
      '1.0.1',
      '1.10.0',
      '2.0.0',
    ];
    expect([...rising].reverse().sort((a, b) => textOrder(sortKeyOf(a), sortKeyOf(b)))).toEqual(rising);
  });
});

describe('a version', () => {
  it('that is accepted is one to semver, and is written one way alone', () => {
    fc.assert(
      fc.property(version, (text) => {
        expect(isVersion(text)).toBe(true);
        expect(valid(text)).toBe(text);
      }),
    );
  });

  it.each([
    '1',
    '1.0',
    'v1.0.0',
    '1.0.0+build',
    '01.0.0',
    '1.0.0-',
    '1.0.0-a..b',
    '1.0.0-01',
    ' 1.0.0',
    '1.0.0\n',
    `1.0.${'1'.repeat(16)}`,
    `1.0.0-${'a'.repeat(64)}`,
    '',
  ])('is not %j', (text) => expect(isVersion(text)).toBe(false));
});

describe('latest', () => {
  it.each([
    { version: '0.0.1', latest: undefined, moves: true, why: 'the first' },
    { version: '1.0.0-rc.1', latest: undefined, moves: false, why: 'a prerelease, even the first' },
    { version: '1.10.0', latest: '1.9.0', moves: true, why: 'numbers, not text' },
    { version: '1.8.9', latest: '1.9.0', moves: false, why: 'a mend of an older line' },
    { version: '2.0.0-rc.1', latest: '1.9.0', moves: false, why: 'a prerelease' },
    { version: '1.9.0', latest: '1.9.0', moves: false, why: 'the same' },
  ])('moves from $latest to $version: $moves ($why)', ({ version: name, latest, moves }) => {
    expect(movesLatest(name, latest)).toBe(moves);
  });
});

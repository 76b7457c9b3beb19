import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { repeatedMember } from '../../../../lambdas/shared/kernel/repeated-member.ts';

describe('a member’s name in JSON', () => {
  it('is never there twice in what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), fc.constantFrom(0, 1, '\t\r\n '), (value, space) => {
        const text = JSON.stringify(value, null, space);
        expect(repeatedMember(text)).toBeUndefined();
        expect(repeatedMember(text, value)).toBeUndefined();
      }),
    );
  });

  it.each([
    ['{"a":1,"a":1}', 'a'],
    ['{"a":1,"b":{"a":2},"a" \n:3}', 'a'],
    ['[{"a":1},{"b":[{"c":1,"d":2,"c":3}]}]', 'c'],
    ['{"a":1,"\\u0061":2}', 'a'],
    ['{"\\"":1,"\\u0022":2}', '"'],
    ['{"__proto__":1,"__proto__":2}', '__proto__'],
    ['{"":1,"":2}', ''],
    ['{"a":"}","b":"{","a":1}', 'a'],
    ['{"a":"\\\\","a":1}', 'a'],
  ])('is found to be there twice: %s', (text, name) => {
    expect(repeatedMember(text)).toBe(name);
    expect(repeatedMember(text, JSON.parse(text))).toBe(name);
  });

  it.each([
    '{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}',
    '["a","a"]',
    '{"a":"a","b":"a:","c":"\\"a\\":1"}',
    '{"a":1,"A":2}',
  ])('may be in several objects, and in text: %s', (text) => {
    expect(repeatedMember(text)).toBeUndefined();
  });

  it('is found wherever it is put', () => {
    const objects = fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 });
    fc.assert(
      fc.property(objects, fc.string(), fc.integer({ min: 0, max: 5 }), (object, name, depth) => {
        const twice = `{${JSON.stringify(name)}:1,${JSON.stringify(object).slice(1, -1)},${JSON.stringify(name)}:2}`;
        const nested = `${'['.repeat(depth)}${twice}${']'.repeat(depth)}`;
        expect(repeatedMember(nested)).toBeDefined();
        expect(repeatedMember(nested, JSON.parse(nested))).toBe(repeatedMember(nested));
      }),
    );
  });

  it('is looked for in a megabyte of brackets or quotes as well', () => {
    const deep = `${'['.repeat(500_000)}${']'.repeat(500_000)}`;
    expect(repeatedMember(deep)).toBeUndefined();
    expect(repeatedMember(JSON.stringify({ a: '"'.repeat(500_000) }))).toBeUndefined();
  });
});

import { expect, it } from 'vitest';
import { canonicalJson } from '../../../../lambdas/shared/kernel/canonical-json.ts';

it('writes members in the order of their names, without white space, as RFC 8785 shows it', () => {
  const value = {
    numbers: [333333333.3333333, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
    literals: [null, true, false],
  };
  expect(canonicalJson(value)).toBe(
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
});

it('orders names by their UTF-16 code units', () => {
  const names = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6'];
  const text = canonicalJson(Object.fromEntries(names.map((name) => [name, 0])));
  expect(Object.keys(JSON.parse(text))).toEqual(['1', '\r', '\u0080', '\u00f6', '\u20ac', '\u{1f600}', '\ufb33']);
});

it('writes one text for one value, whatever order it was made in, and leaves out what is undefined', () => {
  expect(canonicalJson({ b: { d: 1, c: undefined }, a: [{ z: 1, y: 2 }] })).toBe(
    canonicalJson({ a: [{ y: 2, z: 1 }], b: { d: 1 } }),
  );
});

it('has no text for a number that JSON has none for', () => {
  expect(() => canonicalJson({ a: Number.NaN })).toThrow('JSON has no NaN');
});

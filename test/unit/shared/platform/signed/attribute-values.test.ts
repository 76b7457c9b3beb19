import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributesText, toAttributes } from '../../../../../lambdas/shared/platform/signed/attribute-values.ts';

const names = fc.stringMatching(/^[:a-zA-Z][a-zA-Z0-9]{0,20}$/);
const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.bigInt(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.boolean(),
    fc.constantFrom(null, undefined, new Set(['a']), new Uint8Array([1, 255]), ['"', 1n]),
    fc.dictionary(names, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

describe('attributes written as text', () => {
  it('are what their objects would be written as', () => {
    fc.assert(
      fc.property(fc.dictionary(names, plain, { noNullPrototype: true }), (record) => {
        expect(attributesText(record)).toBe(JSON.stringify(toAttributes(record)));
      }),
    );
  });

  it('refuse what DynamoDB holds no number for', () => {
    expect(() => attributesText({ rows: Number.NaN })).toThrow(TypeError);
  });
});

// JSON that would take the function's memory is refused before it is parsed, and honest JSON of that size is not.
import { describe, expect, it } from 'vitest';
import { checkJsonSize } from '../../../../lambdas/inference/domain/check-json-size.ts';

const repeat = (text: string, bytes = 3_000_000) => text.repeat(Math.ceil(bytes / text.length));
const check = (text: string) => () => checkJsonSize(Buffer.from(text));

describe('the size of a JSON body', () => {
  it.each([
    { why: 'objects', text: `[${repeat('{},')}0]`, says: 'of at most 10000 objects' },
    { why: 'arrays', text: `[${repeat('[],', 7_000_000)}0]`, says: 'of at most 2000000 arrays' },
    { why: 'depth', text: repeat('['), says: 'nested at most 64 deep' },
    { why: 'depth after a text that ends in backslashes', text: `["\\\\",${repeat('[')}`, says: 'nested at most 64' },
  ])('is refused for its $why', ({ text, says }) => {
    expect(check(text)).toThrow(says);
  });

  it.each([
    { why: 'numbers', text: `[${repeat('1,')}1]` },
    { why: 'rows', text: `[${repeat('[1.5,2.5],')}[1,2]]` },
    { why: 'texts full of brackets and quotes', text: `[${repeat('"[[{{\\"[[{{\\\\",')}""]` },
    { why: 'one text that does not end', text: `["${repeat('[')}` },
  ])('is accepted for its $why', ({ text }) => {
    expect(check(text)).not.toThrow();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyIdOf, keyText } from '../../../lambdas/accounts/domain/key-text.ts';

const KEY_ID = 'key_01JDA8Z5V4W1T4E5R6T7Y8V9P0';
const secretBytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

describe('an API key’s text', () => {
  it('holds the key’s id and every bit of its randomness', () => {
    fc.assert(
      fc.property(secretBytes, (random) => {
        const text = keyText(KEY_ID, random);
        expect(keyIdOf(text)).toBe(KEY_ID);
        const number = [...text.slice(31)].reduce((sum, char) => sum * 62n + BigInt(BASE62.indexOf(char)), 0n);
        expect(number).toBe(BigInt(`0x${Buffer.from(random).toString('hex')}`));
      }),
    );
  });

  it('has the same length for the smallest and the largest secret', () => {
    expect(keyText(KEY_ID, new Uint8Array(32))).toHaveLength(74);
    expect(keyText(KEY_ID, new Uint8Array(32).fill(255))).toHaveLength(74);
  });

  it('refuses to be made of fewer random bytes', () => {
    expect(() => keyText(KEY_ID, new Uint8Array(16))).toThrow(RangeError);
  });

  const good = keyText(KEY_ID, new Uint8Array(32).fill(7));
  it.each([
    { text: '', why: 'nothing' },
    { text: good.slice(0, -1), why: 'one character short' },
    { text: `${good}0`, why: 'one character long' },
    { text: ` ${good}`, why: 'a space before' },
    { text: `${good}\n`, why: 'a line end after' },
    { text: good.replace('aim_', 'AIM_'), why: 'another prefix' },
    { text: good.toLowerCase(), why: 'an id in lower case' },
    { text: good.replace('01JDA', '01IDA'), why: 'a letter that Crockford’s alphabet leaves out' },
    { text: good.replace('01JDA', '81JDA'), why: 'more than 128 bits of id' },
    { text: `${good.slice(0, -1)}-`, why: 'a character outside base62' },
  ])('is not a key with $why', ({ text }) => {
    expect(keyIdOf(text)).toBeUndefined();
  });
});

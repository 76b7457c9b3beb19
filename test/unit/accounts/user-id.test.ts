import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toUserId } from '../../../lambdas/accounts/domain/user-id.ts';
import { isId } from '../../../lambdas/shared/kernel/ids.ts';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const bitsOf = (text: string) => [...text].reduce((bits, char) => bits * 32n + BigInt(CROCKFORD.indexOf(char)), 0n);

it('keeps all 128 bits of every sub, so no two people share an id', () => {
  fc.assert(
    fc.property(fc.uuid(), (sub) => {
      const id = toUserId(sub);
      expect(isId('usr', id)).toBe(true);
      expect(bitsOf(id.slice(4))).toBe(BigInt(`0x${sub.replaceAll('-', '')}`));
    }),
  );
});

it('spells the outermost subs in full length', () => {
  expect(toUserId('00000000-0000-0000-0000-000000000000')).toBe('usr_00000000000000000000000000');
  expect(toUserId('FFFFFFFF-ffff-ffff-ffff-ffffffffffff')).toBe('usr_7ZZZZZZZZZZZZZZZZZZZZZZZZZ');
});

it.each(['', 'ada@example.com', '0000000000000000000000000000000000', '00000000-0000-0000-0000-00000000000g'])(
  'refuses what is no UUID: %j',
  (sub) => {
    expect(() => toUserId(sub)).toThrow(RangeError);
  },
);

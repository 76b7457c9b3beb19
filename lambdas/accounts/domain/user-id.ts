// A person's id is the user pool's `sub` in another spelling, so that no table is needed to find one from the other.

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The 128 bits of a UUID as 26 Crockford characters. @throws RangeError when it is no UUID */
export const toUserId = (sub: string): `usr_${string}` => {
  if (!uuidPattern.test(sub)) throw new RangeError(`'sub' must be a UUID, got ${sub.length} characters`);
  let bits = BigInt(`0x${sub.replaceAll('-', '')}`);
  let text = '';
  for (let i = 0; i < 26; i++) {
    text = CROCKFORD.charAt(Number(bits & 31n)) + text;
    bits >>= 5n;
  }
  return `usr_${text}`;
};

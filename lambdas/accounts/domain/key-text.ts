// An API key as its holder has it: `aim_<26 Crockford>_<43 base62>`, the middle being the key's id.

export const KEY_PREFIX = 'aim_';
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SECRET_LENGTH = 43;
const pattern = /^aim_([0-7][0-9A-HJKMNP-TV-Z]{25})_[0-9A-Za-z]{43}$/;

/** @returns the `key_…` id in it, or undefined when the text is not a whole key */
export const keyIdOf = (text: string): string | undefined => {
  const match = pattern.exec(text);
  return match ? `key_${match[1]}` : undefined;
};

/** @param keyId - `key_` and a ULID. @param random - 32 random bytes, all 256 bits of which are kept */
export const keyText = (keyId: string, random: Uint8Array): string => {
  if (random.length !== 32) throw new RangeError(`'random' must be 32 bytes, got ${random.length}`);
  let number = 0n;
  for (const byte of random) number = (number << 8n) | BigInt(byte);
  let secret = '';
  for (let i = 0; i < SECRET_LENGTH; i++) {
    secret = BASE62.charAt(Number(number % 62n)) + secret;
    number /= 62n;
  }
  return `${KEY_PREFIX}${keyId.slice('key_'.length)}_${secret}`;
};

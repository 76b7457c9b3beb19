// Random bytes from the system's generator, fetched in advance: a call to it costs a microsecond or two however few are
// wanted, and every request wants a few.
import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 4_096;
const pool = Buffer.alloc(POOL_BYTES);
let at = POOL_BYTES;

/** @returns where that many unused bytes lie in the pool; each is given once */
const take = (count: number): number => {
  if (at + count > POOL_BYTES) {
    randomFillSync(pool);
    at = 0;
  }
  at += count;
  return at - count;
};

/** 0 to 255. */
export const randomByte = (): number => pool[take(1)] as number;

/** @param count - of bytes: 1 to 32 */
export const randomHex = (count: number): string => {
  const from = take(count);
  return pool.toString('hex', from, from + count);
};

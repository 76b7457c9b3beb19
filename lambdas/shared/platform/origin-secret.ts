// The secret by which CloudFront proves that a call came through it. CloudFront sends `current`; `previous` is believed
// as well, so that a rotation refuses nobody while it spreads. governance/routes/rotate-origin.ts changes it.
import { createHash, timingSafeEqual } from 'node:crypto';
import * as z from 'zod/mini';

export const originSecret = z.object({
  current: z.string().check(z.minLength(32)),
  previous: z.optional(z.string().check(z.minLength(32))),
});
export type OriginSecret = z.output<typeof originSecret>;

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Takes the same time wherever they differ, and whichever it is. */
export const proves = (secret: OriginSecret, shown: string): boolean => {
  const shownDigest = digest(shown);
  const current = timingSafeEqual(digest(secret.current), shownDigest);
  const previous = timingSafeEqual(digest(secret.previous ?? secret.current), shownDigest);
  return current || previous;
};

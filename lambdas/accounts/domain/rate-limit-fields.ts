// What an answer says of limits: the fields `RateLimit` and `RateLimit-Policy` of draft-ietf-httpapi-ratelimit-headers
// (structured fields: lists of named items), and the message of a refusal.
import type { CallLimits, RateLimit } from '../ports.ts';

type LimitName = keyof CallLimits;

/** `"key";r=499;t=1`: calls left, and seconds until all are back; with none left, until the next one. */
export const rateLimitField = (
  name: LimitName,
  { remaining, resetSeconds }: { readonly remaining: number; readonly resetSeconds: number },
): string => `"${name}";r=${remaining};t=${resetSeconds}`;

/** `"key";q=500;w=5`: so many calls, which come back within so many seconds. */
export const policyField = (name: LimitName, { calls, windowSeconds }: RateLimit): string =>
  `"${name}";q=${calls};w=${windowSeconds}`;

const subjects: Readonly<Record<LimitName, string>> = { key: 'the API key', account: 'the account' };

const perSecond = ({ calls, windowSeconds }: RateLimit): string =>
  String(Math.round((calls / windowSeconds) * 100) / 100);

export const refusalMessage = (name: LimitName, limit: RateLimit, retrySeconds: number): string =>
  `${subjects[name]} may make ${limit.calls} calls at once and ${perSecond(limit)} a second on average, and has made them: ` +
  `come again in ${retrySeconds} s, or send more rows a call`;

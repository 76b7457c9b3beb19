// The shapes of names and ids. Making one needs randomness and a clock: see shared/platform/new-id.ts.

/** What an id's prefix says it is. */
export const idPrefixes = [
  'usr',
  'acc',
  'key',
  'ivt',
  'sub',
  'off',
  'inf',
  'req',
  'inp',
  'ds',
  'job',
  'cmb',
  'bat',
  'hld',
  'top',
  'txn',
  'inv',
  'whk',
  'evt',
  'rvw',
  'rpt',
] as const;
export type IdPrefix = (typeof idPrefixes)[number];
export type Id<P extends IdPrefix> = `${P}_${string}`;

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
export const ulidPattern = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** Whether the text is that prefix, an underscore and a ULID. */
export const isId = <P extends IdPrefix>(prefix: P, text: string): text is Id<P> =>
  text.startsWith(`${prefix}_`) && ulidPattern.test(text.slice(prefix.length + 1));

/** The instant in an id's ULID, epoch milliseconds. @param id - one that `isId` accepts */
export const idTimeMs = (id: string): number => {
  const ulid = id.slice(id.indexOf('_') + 1);
  let ms = 0;
  for (let i = 0; i < 10; i++) ms = ms * 32 + CROCKFORD.indexOf(ulid.charAt(i));
  return ms;
};

/**
 * What the ids of that instant begin with: sorts after all earlier ids of the prefix and before all of the instant and
 * later ones.
 * @param ms - epoch milliseconds
 */
export const idBoundary = (prefix: IdPrefix, ms: number): string => {
  let time = '';
  for (let rest = ms, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) time = CROCKFORD.charAt(rest % 32) + time;
  return `${prefix}_${time}`;
};

/** Each part of a model's name: 2 to 64 characters of a-z 0-9 - _, the first a letter. */
export const namePartPattern = /^[a-z][a-z0-9_-]{1,63}$/;
/** `publisher.model`. */
export const modelNamePattern = /^[a-z][a-z0-9_-]{1,63}\.[a-z][a-z0-9_-]{1,63}$/;

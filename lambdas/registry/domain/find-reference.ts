// What a reference to a version may be: a version, a range of versions, or else an alias.
import maxSatisfying from 'semver/ranges/max-satisfying.js';
import validRange from 'semver/ranges/valid.js';
import { aliasPattern } from './alias-name.ts';
import { isVersion } from './version-order.ts';

export type Reference =
  | { readonly kind: 'version'; readonly version: string }
  | { readonly kind: 'alias'; readonly alias: string }
  | { readonly kind: 'range'; readonly range: string };

/** @returns undefined for what can be none of them */
export const readReference = (text: string): Reference | undefined => {
  if (isVersion(text)) return { kind: 'version', version: text };
  // Before ranges: `x` is one to semver, and a fine name to people.
  if (aliasPattern.test(text)) return { kind: 'alias', alias: text };
  // Nothing at all is any version to semver; here it is a slip.
  if (text.trim() === '' || text.length > 128) return undefined;
  return validRange(text) === null ? undefined : { kind: 'range', range: text };
};

/** The highest version that the range allows; a prerelease only where the range names one of its number. */
export const highestIn = (range: string, versions: readonly string[]): string | undefined =>
  maxSatisfying([...versions], range) ?? undefined;

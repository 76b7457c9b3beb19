// The order of semantic versions, as text: what DynamoDB sorts is what semver.org §11 says.
import compare from 'semver/functions/compare.js';
import prerelease from 'semver/functions/prerelease.js';
import { versionPattern } from '../contract.ts';

/** Whether the text is a version that we store. */
export const isVersion = (text: string): boolean => versionPattern.test(text);

/**
 * A key that sorts as the version does. Numbers have a fixed width and sort before words; a list that goes on sorts
 * after one that ends (`!` is below every character of an identifier); a release sorts after its prereleases (`~`).
 * @param version - one that `isVersion` accepts
 */
export const sortKeyOf = (version: string): string => {
  const dash = version.indexOf('-');
  const core = dash < 0 ? version : version.slice(0, dash);
  const numbers = core.split('.').map(pad).join('.');
  if (dash < 0) return `${numbers}~`;
  const identifiers = version.slice(dash + 1).split('.');
  return `${numbers}-${identifiers.map((text) => (/^\d+$/.test(text) ? `0${pad(text)}` : `1${text}`)).join('!')}`;
};

const pad = (digits: string) => digits.padStart(15, '0');

/** Whether publishing `version` moves `latest` on from where it is. */
export const movesLatest = (version: string, latest: string | undefined): boolean =>
  prerelease(version) === null && (latest === undefined || compare(version, latest) > 0);

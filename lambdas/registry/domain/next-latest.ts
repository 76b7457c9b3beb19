// Where alias `latest` goes when nothing is left of what it named.
import prerelease from 'semver/functions/prerelease.js';
import type { CallableVersion } from '../ports.ts';

/** @param callable - highest first @returns the highest that stays, before one that is to go as well; no prerelease */
export const nextLatest = (callable: readonly CallableVersion[]): string | undefined => {
  const stable = callable.filter(({ version }) => prerelease(version) === null);
  return (stable.find(({ sunsetAtMs }) => sunsetAtMs === undefined) ?? stable[0])?.version;
};

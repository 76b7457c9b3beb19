// Whether a version's number allows what changed in its signature.
import compare from 'semver/functions/compare.js';
import major from 'semver/functions/major.js';
import minor from 'semver/functions/minor.js';
import patch from 'semver/functions/patch.js';
import prerelease from 'semver/functions/prerelease.js';
import { DomainError } from '../../shared/kernel/errors.ts';
import type { Signature } from '../../shared/onnx/signature.ts';
import { compareSignatures } from './compare-signatures.ts';

/** Versions within which callers may be moved on unasked: of one major version; before 1.0.0, of one minor; 0.0.x, none. */
export const isSameLine = (a: string, b: string): boolean => {
  if (major(a) !== major(b)) return false;
  if (major(a) > 0) return true;
  return minor(a) === minor(b) && (minor(a) > 0 || patch(a) === patch(b));
};

/** @returns the version whose callers may be moved to `version`: the highest below it in its line that is no prerelease */
export const predecessorOf = (version: string, callable: readonly string[]): string | undefined =>
  callable
    .filter((one) => prerelease(one) === null && compare(one, version) < 0 && isSameLine(one, version))
    .sort(compare)
    .at(-1);

interface Numbered {
  readonly version: string;
  readonly signature: Signature;
}

/**
 * @param callable - versions of the model that may be called
 * @throws DomainError breaking_change, minor_version_required: with every difference and the number that would do
 */
export const requireBump = (before: Numbered, after: Numbered, callable: readonly string[]): void => {
  const differences = compareSignatures(before.signature, after.signature);
  const breaking = differences.filter(({ kind }) => kind === 'breaking');
  if (breaking.length > 0) {
    const allowed = nextBreaking([...callable, after.version]);
    throw new DomainError(
      'conflict',
      'breaking_change',
      `'${after.version}' would break callers of '${before.version}'; publish it as '${allowed}'`,
      { errors: breaking.map(({ pointer, detail }) => ({ pointer, detail })) },
    );
  }
  // Before 1.0.0 the minor version is the breaking one, so that there every addition may come with a patch.
  const isPatch = major(after.version) > 0 && minor(after.version) === minor(before.version);
  if (differences.length > 0 && isPatch) {
    const allowed = nextMinor(after.version, callable);
    throw new DomainError(
      'conflict',
      'minor_version_required',
      `'${after.version}' adds to what '${before.version}' does, which is no patch; publish it as '${allowed}'`,
      { errors: differences.map(({ pointer, detail }) => ({ pointer, detail })) },
    );
  }
};

const nextBreaking = (all: readonly string[]): string => {
  const highest = [...all].sort(compare).at(-1) ?? '0.0.0';
  return major(highest) > 0 ? `${major(highest) + 1}.0.0` : `0.${minor(highest) + 1}.0`;
};

const nextMinor = (version: string, all: readonly string[]): string => {
  const line = [...all, version].filter((one) => major(one) === major(version));
  return `${major(version)}.${Math.max(...line.map((one) => minor(one))) + 1}.0`;
};

// The notice that callers get before a version stops answering, and what is asked of it.
import { DomainError } from '../../shared/kernel/errors.ts';
import type { Deprecation } from '../ports/act.ts';
import type { Version } from '../ports.ts';
import { nextState } from './version-state.ts';

const DAY_MS = 24 * 3_600_000;
/** What a version that others may call must go on answering from its deprecation. */
export const NOTICE_DAYS = 7;

/** Whether the version answers no more though nothing has retired it yet. */
export const isSunset = ({ deprecation }: Pick<Version, 'deprecation'>, nowMs: number): boolean =>
  deprecation !== undefined && nowMs >= deprecation.sunsetAtMs;

/** Names what to go over to. */
export const versionRetired = ({ model, version, retirement, deprecation }: Version) => {
  const successor = retirement?.successor ?? deprecation?.successor;
  const mend = successor === undefined ? 'name another version' : `go over to '${successor}'`;
  return new DomainError(
    'conflict',
    'version_retired',
    `'${model}' ${version} is retired and answers no more; ${mend}`,
  );
};

export interface Wanted extends Omit<Deprecation, 'sinceMs'> {
  /** The successor as it is; undefined: none is named, or there is none of that name. */
  readonly successorVersion: Version | undefined;
  /** Whether anybody but the owner may be calling it. */
  readonly othersMayCall: boolean;
}

/**
 * @returns the version with its notice, the same object when nothing changes
 * @throws DomainError version_state_forbids, notice_too_short, successor_not_published
 */
export const deprecate = (version: Version, wanted: Wanted, nowMs: number): Version => {
  const state = nextState(version.state, 'deprecate');
  if (state === undefined) throw new Error('deprecating leads to a state from wherever it is allowed');
  const { sunsetAtMs, successor, reason } = wanted;
  const before = version.state === 'deprecated' ? version.deprecation : undefined;
  if (before?.sunsetAtMs === sunsetAtMs && before.successor === successor && before.reason === reason) return version;
  requireNotice(version, sunsetAtMs, wanted.othersMayCall, nowMs);
  requireSuccessor(version, wanted);
  const deprecation = { sinceMs: before?.sinceMs ?? nowMs, sunsetAtMs, successor, reason };
  return { ...version, state, deprecation, revision: version.revision + 1, updatedAtMs: nowMs };
};

/** A date that was promised may be kept or moved away, however near it is. */
const requireNotice = ({ deprecation }: Version, sunsetAtMs: number, noticed: boolean, nowMs: number) => {
  const promisedMs = deprecation?.sunsetAtMs ?? Number.POSITIVE_INFINITY;
  const noticeMs = nowMs + (noticed ? NOTICE_DAYS * DAY_MS : 1);
  const earliestMs = Math.max(nowMs + 1, Math.min(noticeMs, promisedMs));
  if (sunsetAtMs >= earliestMs) return;
  const why = noticed ? `, ${NOTICE_DAYS} days from now, since others may be calling the version` : ', after now';
  const detail = `must be ${iso(earliestMs)} or later${why}, got ${iso(sunsetAtMs)}`;
  throw new DomainError('invalid', 'notice_too_short', `'sunsetAt' ${detail}`, {
    errors: [{ pointer: '/sunsetAt', detail }],
  });
};

const requireSuccessor = ({ version, model }: Version, { successor, successorVersion }: Wanted) => {
  if (successor === undefined || (successor !== version && successorVersion?.state === 'published')) return;
  const got = successor === version ? 'the version itself' : `'${successorVersion?.state ?? 'no such version'}'`;
  const detail = `must be another published version of '${model}', got '${successor}' (${got})`;
  throw new DomainError('invalid', 'successor_not_published', `'successor' ${detail}`, {
    errors: [{ pointer: '/successor', detail }],
  });
};

/** @returns the version as it was before its notice; undefined when it has none */
export const undeprecate = (version: Version, nowMs: number): Version | undefined => {
  const state = nextState(version.state, 'undeprecate');
  if (state === undefined) return undefined;
  if (isSunset(version, nowMs)) {
    throw new DomainError(
      'conflict',
      'version_retired',
      `'${version.model}' ${version.version} came to the end of its notice; nothing leads back from there: publish a new version`,
    );
  }
  return { ...version, state, deprecation: undefined, revision: version.revision + 1, updatedAtMs: nowMs };
};

const iso = (ms: number) => new Date(ms).toISOString();

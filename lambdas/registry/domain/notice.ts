// The notice that callers get before a version stops answering, and what is asked of it.
import prerelease from 'semver/functions/prerelease.js';
import { DomainError } from '../../shared/kernel/errors.ts';
import type { Deprecation } from '../ports/act.ts';
import type { CallableVersion, Version } from '../ports.ts';
import { isSameLine } from './version-bump.ts';
import { nextState } from './version-state.ts';

const DAY_MS = 24 * 3_600_000;
/** What a version that others may call must go on answering from its deprecation. */
export const NOTICE_DAYS = 7;
const NOTICE_MS = NOTICE_DAYS * DAY_MS;

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

/** What is asked for, and what it is measured by. */
export interface Wanted extends Omit<Deprecation, 'sinceMs'> {
  /** The successor as it is; undefined: none is named, or there is none of that name. */
  readonly successorVersion: Version | undefined;
  /** Whether anybody but the owner may be calling it. */
  readonly othersMayCall: boolean;
  /** When the last of the periods ends that subscribers are in; 0: nobody is in one. */
  readonly subscribedUntilMs: number;
  /** Versions of the model that a call may be led to, this one or not. */
  readonly sound: readonly CallableVersion[];
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
  requireNotice(version, wanted, nowMs);
  requireSuccessor(version, wanted);
  const deprecation = { sinceMs: before?.sinceMs ?? nowMs, sunsetAtMs, successor, reason };
  return { ...version, state, deprecation, revision: version.revision + 1, updatedAtMs: nowMs };
};

/** A date that was promised may be kept or moved away, however near it is. */
const requireNotice = (version: Version, wanted: Wanted, nowMs: number) => {
  const { sunsetAtMs, othersMayCall } = wanted;
  const promisedMs = version.deprecation?.sunsetAtMs ?? Number.POSITIVE_INFINITY;
  const noticeMs = nowMs + (othersMayCall ? NOTICE_MS : 1);
  const heldMs = goesOnBeside(version.version, wanted) ? 0 : wanted.subscribedUntilMs;
  const earliestMs = Math.max(nowMs + 1, Math.min(Math.max(noticeMs, heldMs), promisedMs));
  if (sunsetAtMs >= earliestMs) return;
  const because = othersMayCall ? `${NOTICE_DAYS} days from now, since others may be calling the version` : 'after now';
  const why =
    heldMs > noticeMs ? 'when the last period of a subscription ends that no other version is there for' : because;
  throw tooShort('/sunsetAt', `must be ${iso(earliestMs)} or later, ${why}, got ${iso(sunsetAtMs)}`);
};

/** Whether subscribers have another version to go over to, without a change of theirs, that is there as long as they are. */
const goesOnBeside = (version: string, { sound, subscribedUntilMs }: Wanted): boolean =>
  sound.some(
    (one) =>
      one.version !== version &&
      (one.sunsetAtMs ?? Number.POSITIVE_INFINITY) >= subscribedUntilMs &&
      (prerelease(version) !== null || (prerelease(one.version) === null && isSameLine(one.version, version))),
  );

/**
 * What nobody else may call ends whenever its owner likes; so that it is no trap, such an end is not shown to others as
 * a date that was promised.
 * @param callable - versions of the model that answer calls
 * @throws DomainError notice_too_short
 */
export const requireShowable = (callable: readonly CallableVersion[], nowMs: number): void => {
  const ending = callable.find(
    ({ sunsetAtMs = Number.POSITIVE_INFINITY }) => sunsetAtMs > nowMs && sunsetAtMs < nowMs + NOTICE_MS,
  );
  if (ending?.sunsetAtMs === undefined) return;
  const detail = `must stay 'private' while '${ending.version}' ends at ${iso(ending.sunsetAtMs)}, less than ${NOTICE_DAYS} days from now: retire it first, move its date away, or take its deprecation back`;
  throw tooShort('/visibility', detail);
};

const tooShort = (pointer: string, detail: string) =>
  new DomainError('invalid', 'notice_too_short', `'${pointer.slice(1)}' ${detail}`, { errors: [{ pointer, detail }] });

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

// A version's runs that ended their process or did not end in time, and the quarantine that they lead to. Kept apart
// from the version, which never changes once it is published.
import { DomainError } from '../../shared/kernel/errors.ts';
import type { FailureKind } from '../contract.ts';

export interface Failure {
  readonly kind: FailureKind;
  readonly atMs: number;
}

export interface Block {
  readonly rule: string;
  readonly message: string;
  readonly scanner: string;
}

export interface VersionHealth {
  readonly model: string;
  readonly version: string;
  readonly ownerAccountId: string;
  /** Of the last ten minutes, as of the last of them; what led to the quarantine, while it lasts. Oldest first. */
  readonly failures: readonly Failure[];
  readonly quarantinedAtMs: number | undefined;
  /** What a scanner of a later day refuses it for, while that quarantines it: then an operator alone releases it. */
  readonly blocked?: Block | undefined;
  readonly releaseCount: number;
  readonly revision: number;
}

const FAILURE_LIMIT = 3;
const WINDOW_MS = 10 * 60_000;
/** How often a publisher may say that it was nothing. */
const PUBLISHER_RELEASE_LIMIT = 2;

export const QUARANTINE_REASON = `${FAILURE_LIMIT} runs ended their process or took too long within ten minutes`;

type Version = Pick<VersionHealth, 'model' | 'version' | 'ownerAccountId'>;

const healthy = ({ model, version, ownerAccountId }: Version): VersionHealth => ({
  model,
  version,
  ownerAccountId,
  failures: [],
  quarantinedAtMs: undefined,
  releaseCount: 0,
  revision: 0,
});

/** @returns what to store; undefined: it is quarantined already, and calls that were under way change nothing */
export const noteFailure = (
  version: Version,
  known: VersionHealth | undefined,
  failure: Failure,
): VersionHealth | undefined => {
  const before = known ?? healthy(version);
  if (before.quarantinedAtMs !== undefined) return undefined;
  const recent = before.failures.filter(({ atMs }) => atMs > failure.atMs - WINDOW_MS);
  const failures = [...recent, failure].sort((a, b) => a.atMs - b.atMs);
  const quarantinedAtMs = failures.length >= FAILURE_LIMIT ? failure.atMs : undefined;
  return { ...before, failures, quarantinedAtMs, revision: before.revision + 1 };
};

/** @returns what to store; undefined: it is blocked already */
export const block = (
  version: Version,
  known: VersionHealth | undefined,
  { blocked, nowMs }: { readonly blocked: Block; readonly nowMs: number },
): VersionHealth | undefined => {
  const before = known ?? healthy(version);
  if (before.blocked) return undefined;
  return { ...before, blocked, quarantinedAtMs: before.quarantinedAtMs ?? nowMs, revision: before.revision + 1 };
};

/** Why it is quarantined. */
export const quarantineReason = ({ blocked }: Pick<VersionHealth, 'blocked'>): string =>
  blocked ? `the scanner refuses it by the rule '${blocked.rule}': ${blocked.message}` : QUARANTINE_REASON;

/**
 * @returns what to store; undefined: it is not quarantined
 * @throws DomainError operator_only
 */
export const release = (known: VersionHealth | undefined, by: 'publisher' | 'operator'): VersionHealth | undefined => {
  if (known?.quarantinedAtMs === undefined) return undefined;
  if (by === 'publisher' && known.blocked) {
    throw new DomainError(
      'forbidden',
      'operator_only',
      `the version was blocked by the scanner's rule '${known.blocked.rule}': an operator may release it, or you publish one that is mended`,
    );
  }
  if (by === 'publisher' && known.releaseCount >= PUBLISHER_RELEASE_LIMIT) {
    throw new DomainError(
      'forbidden',
      'operator_only',
      `the version was quarantined ${known.releaseCount + 1} times: an operator may release it, or you publish another`,
    );
  }
  const releaseCount = known.releaseCount + 1;
  const { blocked: _, ...rest } = known;
  return { ...rest, failures: [], quarantinedAtMs: undefined, releaseCount, revision: known.revision + 1 };
};

export const countOf = ({ failures }: Pick<VersionHealth, 'failures'>, kind: FailureKind): number =>
  failures.filter((failure) => failure.kind === kind).length;

// An account's access to another's model as one state machine:
//
//   ──request──► pending ──approve──► approved ◄──share──
//                   └────reject────► rejected     └──revoke──► revoked
//
// Whatever it is, the account may end it itself: then it is `declined`, and only a request of its own leads on from there.
// After rejected or revoked an account may ask again: at once with another reason, with the same one after a pause.
import { DomainError } from '../../shared/kernel/errors.ts';
import type { Access, AccessGrant, AccessState, TermsAcceptance } from '../ports/access.ts';
import type { Model } from '../ports.ts';
import { acceptCall } from './mending-calls.ts';

/** How long the same reason must wait after it was refused. */
export const ASK_AGAIN_MS = 24 * 3_600_000;

/** Whose access it is. */
export interface Holder {
  readonly model: string;
  readonly accountId: string;
  readonly handle: string | undefined;
}

/** Who changes it, and when. */
export interface Act {
  readonly userId: string;
  readonly nowMs: number;
}

/** The next revision of an access, or its first. */
export const nextAccess = (
  access: Access | undefined,
  holder: Holder,
  change: Partial<Access>,
  nowMs: number,
): Access => ({
  ...access,
  ...holder,
  ...change,
  revision: (access?.revision ?? 0) + 1,
  createdAtMs: access?.createdAtMs ?? nowMs,
  updatedAtMs: nowMs,
});

/** Asks for access. @throws DomainError access_request_open, access_request_too_soon */
export const requestGrant = (
  before: AccessGrant | undefined,
  { reason, by: { userId, nowMs } }: { reason: string; by: Act },
): AccessGrant => {
  if (before?.state === 'pending' || before?.state === 'approved') {
    const what = before.state === 'pending' ? 'waits for the publisher' : 'was approved';
    throw new DomainError('conflict', 'access_request_open', `the account's access ${what} already`);
  }
  const againMs = (before?.decidedAtMs ?? 0) + ASK_AGAIN_MS;
  if (before && before.state !== 'declined' && sameWords(before.reason, reason) && nowMs < againMs) {
    throw new DomainError(
      'conflict',
      'access_request_too_soon',
      `'reason' must be another than the one that was refused, or come after ${new Date(againMs).toISOString()}`,
      { headers: { 'retry-after': String(Math.ceil((againMs - nowMs) / 1000)) } },
    );
  }
  return { state: 'pending', via: 'request', reason, requestedBy: userId, requestedAtMs: nowMs };
};

const sameWords = (before: string | undefined, now: string) => fold(before ?? '') === fold(now);
const fold = (text: string) => text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();

const decisions = {
  approve: { from: ['pending', 'rejected', 'revoked'], to: 'approved' },
  reject: { from: ['pending'], to: 'rejected' },
  revoke: { from: ['approved'], to: 'revoked' },
} as const satisfies Record<string, { from: readonly AccessState[]; to: AccessState }>;

export type AccessDecision = keyof typeof decisions;

/**
 * What the publisher decides.
 * @returns undefined when it was decided so already @throws DomainError access_state_forbids
 */
export const decideGrant = (
  before: AccessGrant,
  decision: AccessDecision,
  { message, by: { userId, nowMs } }: { message: string | undefined; by: Act },
): AccessGrant | undefined => {
  const { from, to }: { from: readonly AccessState[]; to: AccessState } = decisions[decision];
  if (before.state === to) return undefined;
  if (!from.includes(before.state)) {
    throw new DomainError(
      'conflict',
      'access_state_forbids',
      `'${decision}' needs a request that is ${from.join(' or ')}, got one that is ${before.state}`,
    );
  }
  return { ...before, state: to, message, decidedBy: userId, decidedAtMs: nowMs };
};

/**
 * The publisher lets an account in that need not have asked.
 * @returns undefined when it is in already @throws DomainError access_state_forbids
 */
export const shareGrant = (before: AccessGrant | undefined, { userId, nowMs }: Act): AccessGrant | undefined => {
  if (before?.state === 'approved') return undefined;
  if (before?.state === 'declined') {
    throw new DomainError(
      'conflict',
      'access_state_forbids',
      "'params/grantee' must be an account that did not decline the model; that one asks for it, if it wants it after all",
    );
  }
  return { ...before, state: 'approved', via: 'share', message: undefined, decidedBy: userId, decidedAtMs: nowMs };
};

/** The account wants nothing of it. @returns undefined when it said so already */
export const declineGrant = (before: AccessGrant, { userId, nowMs }: Act): AccessGrant | undefined =>
  before.state === 'declined'
    ? undefined
    : { ...before, state: 'declined', message: undefined, decidedBy: userId, decidedAtMs: nowMs };

/** Whether the access holds the acceptance that the model asks for now. */
export const hasAccepted = (model: Pick<Model, 'terms'>, access: Access | undefined): boolean =>
  model.terms === undefined ||
  (access?.acceptance?.version === model.terms.version && access.acceptance.sha256 === model.terms.sha256);

/**
 * The acceptance of the version named.
 * @param version - undefined: none is accepted now @returns undefined when there is nothing new to record
 * @throws DomainError terms_version_mismatch
 */
export const acceptTerms = (
  model: Model,
  access: Access | undefined,
  { version, by: { userId, nowMs } }: { version: string | undefined; by: Act },
): TermsAcceptance | undefined => {
  if (version === undefined) return undefined;
  if (version !== model.terms?.version) {
    const allowed = model.terms ? `'${model.terms.version}', its present terms` : 'left out: the model has no terms';
    throw new DomainError(
      'conflict',
      'terms_version_mismatch',
      `the version of the terms of '${model.name}' must be ${allowed}; got '${version}'`,
    );
  }
  const { sha256 } = model.terms;
  return hasAccepted(model, access) ? undefined : { version, sha256, acceptedBy: userId, acceptedAtMs: nowMs };
};

export const termsNotAccepted = ({ name, terms }: Model): DomainError =>
  new DomainError(
    'forbidden',
    'terms_not_accepted',
    `'${name}' asks for acceptance of its terms, version '${terms?.version}': read GET /v1/models/${name}/terms, then accept with POST /v1/models/${name}/terms/accept`,
    { links: [acceptCall(name)] },
  );

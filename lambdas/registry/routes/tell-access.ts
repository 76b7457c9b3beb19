// Requests for access, shares and terms as the API tells them.
import { toTimestamp } from '../../shared/kernel/clock.ts';
import { hasAccepted } from '../domain/access.ts';
import type { Access, AccessGrant, TermsAcceptance } from '../ports/access.ts';
import type { Terms } from '../ports/terms.ts';
import type { Model } from '../ports.ts';

/** An access that was asked for or given. */
export interface Granted extends Access {
  readonly grant: AccessGrant;
}

export const isGranted = (access: Access | undefined): access is Granted => access?.grant !== undefined;

const orNull = (ms: number | undefined) => (ms === undefined ? null : toTimestamp(ms));

const accountOf = ({ accountId, handle }: Access) => ({ id: accountId, handle: handle ?? null });

export const tellAccess = ({ grant, ...access }: Granted) => ({
  model: access.model,
  account: accountOf(access),
  state: grant.state,
  via: grant.via,
  reason: grant.reason ?? null,
  message: grant.message ?? null,
  termsAccepted: tellAcceptance(access.acceptance),
  requestedAt: orNull(grant.requestedAtMs),
  decidedAt: orNull(grant.decidedAtMs),
  createdAt: toTimestamp(access.createdAtMs),
  updatedAt: toTimestamp(access.updatedAtMs),
});

export const tellShare = (access: Access) => ({
  model: access.model,
  account: accountOf(access),
  createdAt: toTimestamp(access.createdAtMs),
  updatedAt: toTimestamp(access.updatedAtMs),
});

const tellAcceptance = (acceptance: TermsAcceptance | undefined) => {
  if (!acceptance) return null;
  const { version, sha256, acceptedBy, acceptedAtMs } = acceptance;
  return { version, sha256, acceptedBy, acceptedAt: toTimestamp(acceptedAtMs) };
};

export const tellTerms = (model: Model, terms: Terms, access: Access | undefined) => ({
  version: terms.version,
  sha256: terms.sha256,
  text: terms.text ?? null,
  url: terms.url ?? null,
  accepted: access?.acceptance !== undefined && hasAccepted(model, access),
  acceptance: tellAcceptance(access?.acceptance),
  createdAt: toTimestamp(terms.createdAtMs),
  updatedAt: toTimestamp(terms.createdAtMs),
});

// How a refusal is told to the Hub's clients: they raise their own errors by these headers.
import type { ErrorCode } from '../../shared/kernel/error-catalogue.ts';

const errorCodes: Partial<Record<ErrorCode, string>> = {
  model_not_found: 'RepoNotFound',
  model_withdrawn: 'RepoNotFound',
  // Data sets, spaces and names without a publisher: repositories that we do not have.
  route_not_found: 'RepoNotFound',
  version_not_found: 'RevisionNotFound',
  version_state_forbids: 'RevisionNotFound',
  version_retired: 'RevisionNotFound',
  file_not_found: 'EntryNotFound',
  download_refused: 'GatedRepo',
  // A key that is bound to other models.
  permission_denied: 'GatedRepo',
  access_required: 'GatedRepo',
  access_pending: 'GatedRepo',
  access_rejected: 'GatedRepo',
  access_revoked: 'GatedRepo',
  // Of all the Hub's words the one that says "there, but not for you".
  not_subscribed: 'GatedRepo',
  quota_exceeded: 'GatedRepo',
  terms_not_accepted: 'GatedRepo',
  // Of what is there for all to see: its files want somebody who is known.
  unauthenticated: 'GatedRepo',
};

/** Word for word what the Hub says: by it, clients tell a bad token from a missing repository. */
const BAD_CREDENTIALS = 'Invalid credentials in Authorization header';

const MESSAGE_LIMIT = 500;

export const huggingFaceErrorHeaders = (
  { status, code, detail }: { readonly status: number; readonly code: ErrorCode; readonly detail: string },
  path: string,
): Readonly<Record<string, string>> => {
  if (!path.startsWith('/hf')) return {};
  if (status === 401 && (code !== 'unauthenticated' || path.startsWith('/hf/api/whoami'))) {
    return { 'x-error-message': BAD_CREDENTIALS };
  }
  const errorCode = errorCodes[code];
  // A header is ASCII on one line; the body has the message as it is.
  const message = detail.replace(/[^\x20-\x7e]/g, '?').slice(0, MESSAGE_LIMIT);
  return { 'x-error-message': message, ...(errorCode === undefined ? {} : { 'x-error-code': errorCode }) };
};

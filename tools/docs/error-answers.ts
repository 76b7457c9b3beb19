// Which error codes a route can answer: its own, and those that come with its kind of route (see shared/platform/api.ts,
// read-request.ts and accounts/gateway.ts, which throw them).
import { type ErrorCode, errorCatalogue, errorKinds } from '../../lambdas/shared/kernel/error-catalogue.ts';
import { isForeignPath } from '../../lambdas/shared/platform/foreign-path.ts';
import { takesBody } from '../../lambdas/shared/platform/read-request.ts';
import type { RouteSpec } from '../../lambdas/shared/platform/route.ts';

const whoCalls = (spec: RouteSpec): ErrorCode[] => {
  switch (spec.auth) {
    case 'public':
      return [];
    case 'optional':
    case 'required':
      return refusals;
    case 'operator':
      return [...refusals, 'operator_only'];
  }
};

/** Also where nobody need sign in: who sends a credential is looked at. */
const refusals: ErrorCode[] = [
  'unauthenticated',
  'invalid_token',
  'invalid_key',
  'email_not_verified',
  'permission_denied',
  // `x-aimass-account` names one that is not the caller's.
  'account_not_found',
];

const whatWasSent = (spec: RouteSpec): ErrorCode[] => {
  const codes: ErrorCode[] = [];
  if (takesBody(spec)) codes.push('malformed_json', 'body_too_large');
  if (isForeignPath(spec.path)) {
    if (spec.params || spec.query || spec.headers || takesBody(spec)) codes.push('malformed_request');
    return codes;
  }
  if (takesBody(spec) && spec.bodyAs !== 'bytes') codes.push('unsupported_media_type');
  // Even a route without parameters refuses the unknown ones.
  codes.push('validation_failed');
  if (spec.query && 'cursor' in spec.query.shape) codes.push('invalid_cursor');
  return codes;
};

const byStatusThenName = (a: ErrorCode, b: ErrorCode) => statusOf(a) - statusOf(b) || a.localeCompare(b, 'en');

export const statusOf = (code: ErrorCode): number => errorKinds[errorCatalogue[code].kind];

/** Every code the route can answer, by status, then name. */
export const errorCodesOf = (spec: RouteSpec): ErrorCode[] => {
  const codes = new Set<ErrorCode>([...whoCalls(spec), ...whatWasSent(spec), ...spec.errors, 'internal_error']);
  if (spec.auth !== 'public') {
    codes.add('rate_limited');
    codes.add('unavailable');
  }
  if (spec.idempotent) {
    codes.add('malformed_request');
    codes.add('idempotency_key_reused');
  }
  return [...codes].sort(byStatusThenName);
};

// An error's one shape: RFC 9457 problem details that is also the Open Inference Protocol's error object.

import type { ErrorCode } from '../kernel/error-catalogue.ts';
import { errorKinds } from '../kernel/error-kinds.ts';
import { errorTitles } from '../kernel/error-titles.ts';
import { DomainError, type ErrorExtras, type ErrorLink, type FieldError } from '../kernel/errors.ts';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  /** The same text as `detail`: what Open Inference clients show. */
  readonly error: string;
  readonly requestId: string;
  readonly errors: readonly FieldError[];
  /** Only where there is a call that mends it. */
  readonly links?: readonly ErrorLink[];
}

/** Where `type` points: a page of the deployed platform itself. */
export const problemType = (code: ErrorCode): string => `/docs/errors#${code}`;

/** Codes that are always about the same place of a request. */
const places: Partial<Record<ErrorCode, string>> = {
  invalid_cursor: 'query/cursor',
  idempotency_key_reused: 'headers/idempotency-key',
};

const fieldErrorsOf = ({ code, message, extras }: DomainError): readonly FieldError[] => {
  const pointer = places[code];
  return extras.errors ?? (pointer === undefined ? [] : [{ pointer, detail: message }]);
};

/** Turns whatever was thrown into the answer's problem; what is not the caller's fault tells nothing of itself. */
export const toProblem = (thrown: unknown, requestId: string): { problem: Problem; extras: ErrorExtras } => {
  const known = thrown instanceof DomainError ? thrown : undefined;
  const code = known?.code ?? 'internal_error';
  const detail = known?.message ?? 'something failed on our side; the request id names it in the logs';
  return {
    problem: {
      type: problemType(code),
      title: errorTitles[code],
      status: errorKinds[known?.kind ?? 'internal'],
      detail,
      code,
      error: detail,
      requestId,
      errors: known ? fieldErrorsOf(known) : [],
      ...(known?.extras.links ? { links: known.extras.links } : {}),
    },
    extras: known?.extras ?? {},
  };
};

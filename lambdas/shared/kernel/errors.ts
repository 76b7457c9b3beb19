// The caller's fault, as a value: thrown anywhere, answered as problem details by the platform.
import type { ErrorCode, ErrorKind, KindOf } from './error-catalogue.ts';

/** One fault in the request: `pointer` is a JSON pointer into the body, or `query/<name>`, `params/<name>`, `headers/<name>`. */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

/** A call that a refusal names. `mend`: makes the refused one possible. */
export interface ErrorLink {
  readonly rel: string;
  readonly method: 'GET' | 'POST';
  /** A path of this API. */
  readonly href: string;
}

export interface ErrorExtras {
  readonly errors?: readonly FieldError[];
  /** Calls that mend it, or lead on. */
  readonly links?: readonly ErrorLink[];
  /** Headers of the answer, e.g. `Retry-After`, `Allow`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * An error that is the caller's to mend. Whatever else is thrown is ours: it alarms, and answers `internal_error`.
 * @param kind - the status family; must be the one the catalogue has for the code (held by the type)
 * @param code - stable code from the catalogue
 * @param message - names the argument, what came and what is allowed; shown to the caller as `detail`
 */
export class DomainError<C extends ErrorCode = ErrorCode> extends Error {
  readonly kind: ErrorKind;
  readonly code: ErrorCode;
  readonly extras: ErrorExtras;

  constructor(kind: KindOf<C>, code: C, message: string, extras: ErrorExtras = {}) {
    super(message);
    this.name = 'DomainError';
    this.kind = kind;
    this.code = code;
    this.extras = extras;
  }
}

// The terms of use that publishers set for their models.
import type { Model } from '../ports.ts';
import type { TermsReference } from './access.ts';
import type { Act } from './act.ts';

export interface Terms extends TermsReference {
  readonly model: string;
  /** Absent: it stands at `url`. */
  readonly text?: string | undefined;
  readonly url?: string | undefined;
  readonly createdAtMs: number;
}

export interface TermsStore {
  /** Strongly consistent. */
  find(model: string, version: string): Promise<Terms | undefined>;
  /** The model with the reference, and the terms themselves. @returns `exists`: that version has another text */
  set(terms: Terms, model: Model, act: Act): Promise<'set' | 'exists' | 'changed_meanwhile'>;
}

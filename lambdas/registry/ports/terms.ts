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
  /**
   * The model with the reference, and its terms where they are new: what a version says is never written over.
   * @param change.terms - undefined: they are there @returns false when either has changed meanwhile
   */
  set(change: { readonly terms: Terms | undefined; readonly model: Model; readonly act: Act }): Promise<boolean>;
}

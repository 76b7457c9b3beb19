// What publishers offer their models on, and who took an offer.

import type { IdempotencyClaim } from '../../shared/platform/route.ts';
import type { Model } from '../ports.ts';
import type { offerKinds } from '../terms.ts';
import type { Act } from './act.ts';

export type OfferKind = (typeof offerKinds)[number];

/** What an offer costs: never changed, only followed by another. */
export interface OfferVersion {
  readonly version: number;
  /** For a call and a row; of a monthly offer, of those beyond the included ones. Decimal rate strings. */
  readonly perCallMicros: string;
  readonly perRowMicros: string;
  /** For a period. */
  readonly feeMicros: string;
  /** Of a period; undefined: they are not counted. */
  readonly includedCalls?: number | undefined;
  /** Calls beyond the included ones are refused. */
  readonly hardStop?: boolean | undefined;
  /** Of a trial. */
  readonly days?: number | undefined;
  /** From then on new subscribers have it. */
  readonly createdAtMs: number;
  /** Those who subscribed before have it from the first period that begins then or later. */
  readonly effectiveAtMs: number;
}

export interface Offer {
  readonly offerId: string;
  readonly model: string;
  readonly name: string;
  readonly kind: OfferKind;
  /** Oldest first, numbered from 1. */
  readonly versions: readonly OfferVersion[];
  readonly state: 'open' | 'closed';
  readonly revision: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface OfferAct {
  /** Whose model it is. */
  readonly owner: string;
  readonly act: Act;
}

export interface OfferStore {
  /** Strongly consistent. */
  find(model: string, offerId: string): Promise<Offer | undefined>;
  /** All of a model, oldest first. */
  list(model: string): Promise<readonly Offer[]>;
  /** @param change.model - as it shall be, where it had none before */
  create(change: {
    readonly offer: Offer;
    readonly model: Model | undefined;
    readonly by: OfferAct;
    readonly idempotency: IdempotencyClaim | undefined;
  }): Promise<
    | { readonly outcome: 'created' | 'claim_reused' | 'changed_meanwhile' }
    /** The same request under the same key made it. */
    | { readonly outcome: 'replay'; readonly made: Offer }
  >;
  /** Writes it as it shall be, with an event. @returns false when its stored revision is not `revision - 1` */
  change(offer: Offer, type: `${string}.v1`, by: OfferAct): Promise<boolean>;
}

// Who was let in to which model, and on what terms: what the registry keeps of an account and another's model.

import type { IdempotencyClaim } from '../../shared/platform/route.ts';
import type { accessStates, offerKinds, subscriptionStates } from '../terms.ts';

export type SubscriptionState = (typeof subscriptionStates)[number];
export type AccessState = (typeof accessStates)[number];

/** What one account may do with one model of another: one item, so that a call needs one read. */
export interface Access {
  readonly model: string;
  readonly accountId: string;
  /** As it was when the item was written last. */
  readonly handle?: string | undefined;
  readonly grant?: AccessGrant | undefined;
  /** The terms accepted last. */
  readonly acceptance?: TermsAcceptance | undefined;
  /** The one that runs, or ran last. */
  readonly subscription?: Subscription | undefined;
  /** Once it has had one. */
  readonly trialAtMs?: number | undefined;
  readonly revision: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface AccessGrant {
  readonly state: AccessState;
  /** The account asked, or the publisher shared by itself. */
  readonly via: 'request' | 'share';
  readonly reason?: string | undefined;
  readonly requestedBy?: string | undefined;
  readonly requestedAtMs?: number | undefined;
  /** The publisher's words. */
  readonly message?: string | undefined;
  readonly decidedBy?: string | undefined;
  readonly decidedAtMs?: number | undefined;
}

/** The terms that a publisher set: what they say is kept apart, by version. */
export interface TermsReference {
  readonly version: string;
  /** Of the text, hex. */
  readonly sha256: string;
}

/** Those that a model asks for. */
export interface PresentTerms extends TermsReference {
  /** When they became that; absent: at some time before it was kept. */
  readonly setAtMs?: number | undefined;
}

export interface TermsAcceptance extends TermsReference {
  readonly acceptedBy: string;
  readonly acceptedAtMs: number;
}

/** An offer taken. Its state and periods follow from these instants: domain/subscription.ts. */
export interface Subscription {
  readonly subscriptionId: string;
  readonly accountId: string;
  readonly model: string;
  readonly offerId: string;
  readonly kind: (typeof offerKinds)[number];
  /** Of the offer, when it was taken. */
  readonly offerVersion: number;
  readonly startedBy: string;
  /** The anchor of its periods. */
  readonly startedAtMs: number;
  /** Only of a trial. */
  readonly trialEndsAtMs?: number | undefined;
  readonly canceledAtMs?: number | undefined;
  /** Once it is cancelled. */
  readonly endsAtMs?: number | undefined;
  readonly updatedAtMs: number;
}

/** What happened, to be told to both sides, or to one. */
export interface AccessNews {
  readonly type: `${string}.v1`;
  /** @default both */
  readonly only?: 'consumer';
  /** Besides model, account and publisher. */
  readonly data?: Readonly<Record<string, unknown>>;
}

export interface AccessStore {
  /** Strongly consistent. */
  find(model: string, accountId: string): Promise<Access | undefined>;
  /** All of a model, by account; strongly consistent. */
  ofModel(model: string, after: string | undefined): AsyncIterable<Access>;
  /** All of an account, by model; lags behind writes by moments. */
  ofAccount(accountId: string, after: string | undefined): AsyncIterable<Access>;
  /**
   * Writes the access as it shall be, with its events, and keeps a new acceptance as evidence.
   * @returns false when its stored revision is not `revision - 1`: nothing was changed
   */
  write(change: {
    readonly access: Access;
    /** Not needed where the consumer alone is told. */
    readonly owner?: string;
    readonly news?: AccessNews | undefined;
    readonly nowMs: number;
  }): Promise<boolean>;
  /**
   * The same for a new subscription, while model and offer are as they were read.
   * @returns false when one of the three has changed, or the idempotency key has made something: nothing was changed
   */
  subscribe(change: {
    readonly access: Access;
    readonly model: { readonly name: string; readonly ownerAccountId: string; readonly revision: number };
    readonly offer: { readonly offerId: string; readonly revision: number };
    readonly news: AccessNews;
    readonly idempotency: IdempotencyClaim | undefined;
    readonly nowMs: number;
  }): Promise<boolean>;
  /** What the key made. Strongly consistent. */
  subscribed(
    accountId: string,
    idempotency: IdempotencyClaim,
    nowMs: number,
  ): Promise<Subscription | 'claim_reused' | undefined>;
  /** Strongly consistent. */
  subscription(accountId: string, subscriptionId: string): Promise<Subscription | undefined>;
  /** All of an account, newest first. @param before - the last subscription of the page before */
  subscriptions(accountId: string, before: string | undefined): AsyncIterable<Subscription>;
}

// What billing needs from outside.
import type { SealedGranularity } from './domain/sealing.ts';
import type { UsageEvent } from './domain/usage-event.ts';
import type { UsageSum } from './domain/usage-sum.ts';

/** An account's money. `avail` is what may still be spent, the credit limit included: see docs/guides/money.md. */
export interface Wallet {
  readonly avail: bigint;
  readonly creditLimit: bigint;
  /** No paid event is accepted for this minute or an earlier one. */
  readonly sealedThrough: string | undefined;
}

export interface WalletStore {
  /** Strongly consistent. @returns undefined for an account that never had money */
  find(accountId: string): Promise<Wallet | undefined>;
  /** Refuses every later paid event of the minute and all before it. Never moves back. */
  fence(accountId: string, minute: string): Promise<void>;
}

/** What is remembered under an `Idempotency-Key` of a call. */
export interface IdempotencyRecord {
  readonly key: string;
  readonly requestSha256: string;
  readonly inferenceId: string;
  readonly model: string;
  readonly version: string;
  readonly amountMicros: bigint;
  readonly replays: number;
  /** Epoch milliseconds. */
  readonly firstAtMs: number;
}

/** What stands under a key: a call's record, or that something else used it. */
export type KeyUse = { readonly requestSha256: string; readonly call: IdempotencyRecord | undefined };

export interface IdempotencyStore {
  /** Strongly consistent; what has expired is not found. */
  find(accountId: string, key: string, nowMs: number): Promise<KeyUse | undefined>;
  /** Counts one replay if fewer than `limit` were counted. @returns whether it did */
  countReplay(accountId: string, key: string, limit: number): Promise<boolean>;
}

/** All that one charge writes, together or not at all. */
export interface Charge {
  readonly event: UsageEvent;
  readonly minute: string;
  readonly idempotency:
    | { readonly key: string; readonly requestSha256: string; readonly expiresAtMs: number }
    | undefined;
  readonly nowMs: number;
  /** The same for every try of this charge, so that a try whose answer was lost is not done twice. */
  readonly token: string;
}

/** What came of one try. */
export type ChargeOutcome =
  | { readonly is: 'committed' }
  /** The event is there already: an earlier try was committed. */
  | { readonly is: 'recorded' }
  /** The idempotency key was used meanwhile. */
  | { readonly is: 'key_used'; readonly use: KeyUse }
  /** The minute is sealed: the event needs another. */
  | { readonly is: 'sealed' }
  | { readonly is: 'no_funds'; readonly availMicros: bigint }
  /** Nobody knows whether it was done, or it surely was not: the same try may be repeated. */
  | { readonly is: 'try_again'; readonly cause: string };

export interface ChargeStore {
  /** One try. Throws only what is a fault of ours. */
  commit(charge: Charge): Promise<ChargeOutcome>;
}

/** Markers of the periods that may hold events whose sum is not final. */
export interface OpenPeriods {
  /** Makes a period findable. Safe to repeat. */
  mark(accountId: string, period: string): Promise<void>;
  /** Strongly consistent. @param prefix - what the periods begin with, e.g. `2026-11-23T20:` */
  list(accountId: string, prefix?: string): Promise<string[]>;
  /** Those that end with the minute or before, oldest first; may miss the very latest. */
  due(lastMinute: string, limit: number): Promise<{ readonly accountId: string; readonly period: string }[]>;
  close(accountId: string, period: string): Promise<void>;
}

/** Usage events and their sums. Every read is strongly consistent. */
export interface UsageStore {
  /** Sums of the events of one minute per model and key. */
  eventSums(accountId: string, minute: string): Promise<UsageSum[]>;
  /** Stored sums of neighbouring periods, `first` to `last`, both included. */
  sums(accountId: string, granularity: SealedGranularity, first: string, last: string): Promise<UsageSum[]>;
  /** Sets them, replacing whatever stood there. */
  setSums(accountId: string, sums: readonly UsageSum[]): Promise<void>;
}

export interface PriceBook {
  /** As far as known without asking: a minute old at most while `refresh` is called, else the default. */
  publisherShareBps(): number;
  refresh(): Promise<void>;
}

/** One entry that changed a balance, other than a call. */
export interface LedgerEntry {
  readonly id: string;
  readonly type: 'grant';
  readonly accountId: string;
  readonly amountMicros: bigint;
  readonly reason: string;
  readonly grantedBy: string;
  readonly createdAtMs: number;
}

/** Where a list goes on: behind this entry. */
export interface LedgerPlace {
  readonly accountId: string;
  readonly id: string;
}

export interface LedgerPage {
  readonly items: readonly LedgerEntry[];
  /** undefined at the end. */
  readonly last: LedgerPlace | undefined;
}

export interface LedgerPageRequest {
  readonly limit: number;
  readonly after: LedgerPlace | undefined;
}

export interface LedgerStore {
  /**
   * One transaction: put the entry, add to the wallet, and remember the key where there is one.
   * @returns the entry now on record: the given one, or that of the key's first use
   * @throws DomainError idempotency_key_reused
   */
  grant(
    entry: LedgerEntry,
    claim: { readonly by: string; readonly key: string; readonly requestSha256: string } | undefined,
  ): Promise<LedgerEntry>;
  /** Latest first, strongly consistent. */
  listOf(accountId: string, page: LedgerPageRequest): Promise<LedgerPage>;
  /** Latest first, of all accounts; may miss the very latest. */
  list(page: LedgerPageRequest): Promise<LedgerPage>;
}

/** Which accounts there are (accounts/gateway.ts). */
export interface Accounts {
  exists(accountId: string): Promise<boolean>;
}

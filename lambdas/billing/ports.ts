// What billing needs from outside.

import type { Granularity } from '../shared/kernel/period.ts';
import type { Quota } from './contract.ts';
import type {
  ArchivedDay,
  AuditedWallet,
  AuditProgress,
  KeptEntry,
  KeptEvent,
  ScanPage,
  ScanPlace,
  StoredObject,
} from './domain/kept.ts';
import type { MinutePart, MinuteSum } from './domain/minute-sum.ts';
import type { SealedMonth } from './domain/month.ts';
import type { PriceBookVersion, PriceTerms } from './domain/price-book.ts';
import type { UsageEvent } from './domain/usage-event.ts';
import type { UsageSum } from './domain/usage-sum.ts';

/** An account's money. `avail` is what may still be spent, the credit limit included: see docs/guides/money.md. */
export interface Wallet {
  readonly avail: bigint;
  readonly creditLimit: bigint;
  /** No paid event and no ledger entry is accepted for this minute or an earlier one. */
  readonly sealedThrough: string | undefined;
}

export interface WalletStore {
  /** Strongly consistent. @returns undefined for an account that never had money */
  find(accountId: string): Promise<Wallet | undefined>;
  /** Refuses every later paid event and ledger entry of the minute and all before it. Never moves back. */
  fence(accountId: string, minute: string): Promise<void>;
}

export interface QuotaStore {
  /** Calls counted in the quota's period. Strongly consistent. */
  used(accountId: string, quota: Pick<Quota, 'subscriptionId' | 'periodStartMs'>): Promise<number>;
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
  /** Of which it takes one call. */
  readonly quota?: Quota | undefined;
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
  /** The period's included calls are used up. */
  | { readonly is: 'quota_used' }
  /** The same try may be repeated: it was surely not done, or, where it may be, nobody knows whether it was or still will be. */
  | { readonly is: 'try_again'; readonly cause: string; readonly mayBeDone: boolean };

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
  /** Drops the marker; that of a day gives way to its month's. */
  close(accountId: string, period: string): Promise<void>;
}

/** Markers of months that are not sealed, and months that are. */
export interface MonthStore {
  /** Makes a month findable by the sealer; closing a day and writing an entry do so, too. Safe to repeat. */
  mark(accountId: string, month: string): Promise<void>;
  /** Marked months before that one, oldest first; may miss the very latest. */
  due(before: string, limit: number): Promise<{ readonly accountId: string; readonly month: string }[]>;
  close(accountId: string, month: string): Promise<void>;
  /** Sealed months, oldest first, strongly consistent. */
  list(accountId: string): Promise<SealedMonth[]>;
  /** Sets it, replacing whatever stood there. */
  set(accountId: string, sealed: SealedMonth): Promise<void>;
}

/** Usage events and their sums. Every read is strongly consistent. */
export interface UsageStore {
  /** Sums of the events of one minute per model and key. */
  eventSums(accountId: string, minute: string): Promise<MinuteSum[]>;
  /** Stored sums of neighbouring periods, `first` to `last`, both included. */
  sums(accountId: string, granularity: Granularity, first: string, last: string): Promise<UsageSum[]>;
  /** Sets them, replacing whatever stood there. Of hours and longer: a minute's are told of. */
  setSums(accountId: string, sums: readonly UsageSum[]): Promise<void>;
  /**
   * One transaction: the part's sums, and the event that tells of them.
   * @returns false when a sum is not what was read any more: nothing was changed
   */
  setMinutePart(accountId: string, minute: string, part: MinutePart, nowMs: number): Promise<boolean>;
}

export interface PriceBook {
  /** As far as known without asking: a minute old at most while `refresh` is called, else the defaults. */
  terms(): PriceTerms;
  refresh(): Promise<void>;
}

/** The price book as operators read and change it. Every read is strongly consistent. */
export interface PriceBookStore {
  /** The defaults while nobody has set any. */
  current(): Promise<PriceBookVersion>;
  /** What the key has set, if it was used. @throws DomainError idempotency_key_reused */
  findSet(claim: Claim, nowMs: number): Promise<PriceBookVersion | undefined>;
  /**
   * One transaction: the book, its history, the key where there is one.
   * @returns false when the version before it is not the current one, or the key was used meanwhile; nothing is changed
   */
  set(next: SetPriceBook, claim: Claim | undefined): Promise<boolean>;
  /** Latest first. @param before - a version; those below it */
  list(page: { readonly limit: number; readonly before: number | undefined }): Promise<PriceBookVersion[]>;
}

/** A version that somebody set. */
export type SetPriceBook = PriceBookVersion & {
  readonly reason: string;
  readonly changedBy: string;
  readonly changedAtMs: number;
};

/** An idempotency key, whose it is, and the request that it stands for. */
export interface Claim {
  readonly by: string;
  readonly key: string;
  readonly requestSha256: string;
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
   * One transaction: put the entry, add to the wallet, remember the key where there is one, mark the month.
   * @returns the entry now on record: the given one, or that of the key's first use; `sealed` when the minute of the
   *   entry's id accepts nothing any more: it needs a new id
   * @throws DomainError idempotency_key_reused
   */
  grant(entry: LedgerEntry, claim: Claim | undefined): Promise<LedgerEntry | 'sealed'>;
  /** Those with ids of that time, `toMs` not included, oldest first; strongly consistent. */
  between(accountId: string, fromMs: number, toMs: number): Promise<LedgerEntry[]>;
  /** Latest first, strongly consistent. */
  listOf(accountId: string, page: LedgerPageRequest): Promise<LedgerPage>;
  /** Latest first, of all accounts; may miss the very latest. */
  list(page: LedgerPageRequest): Promise<LedgerPage>;
}

/** Which accounts there are (accounts/gateway.ts). */
export interface Accounts {
  exists(accountId: string): Promise<boolean>;
}

export interface EventStore {
  /** In the order of their ids; strongly consistent. */
  ofMinute(accountId: string, minute: string): Promise<KeptEvent[]>;
  /** Deletes them; safe to repeat. */
  remove(events: readonly KeptEvent[]): Promise<void>;
}

export interface EventObjects {
  /** Writes lines as one compressed object, the same bytes for the same lines, and reads it back. */
  write(place: { accountId: string; day: string }, lines: AsyncIterable<string>): Promise<StoredObject>;
  /**
   * What lies in the object, once its checksum is found right.
   * @throws ArchiveFault when it is missing or holds other bytes
   */
  read(stored: StoredObject): Promise<AsyncIterable<KeptEvent>>;
  /** @returns what is wrong with what lies under the key now, which may be a later version */
  faultOfLatest(stored: StoredObject): Promise<string | undefined>;
}

export interface ArchiveStore {
  /** Strongly consistent. */
  find(accountId: string, day: string): Promise<ArchivedDay | undefined>;
  /** Unless there is one already. @returns the one on record */
  record(accountId: string, archived: ArchivedDay): Promise<ArchivedDay>;
  setEmptied(accountId: string, day: string): Promise<void>;
  /** Sealed months before that one whose events are in the table, oldest first; may miss the very latest. */
  due(before: string, limit: number): Promise<{ readonly accountId: string; readonly month: string }[]>;
  /** Takes a month out of that queue. */
  done(accountId: string, month: string): Promise<void>;
}

export interface AuditReads {
  /** Strongly consistent. */
  wallet(accountId: string): Promise<AuditedWallet | undefined>;
  hasWallet(accountId: string): Promise<boolean>;
  /** Entries with ids of that time or later, strongly consistent. */
  entries(accountId: string, fromMs: number): Promise<KeptEntry[]>;
  /** Calls counted, by counter; strongly consistent. */
  quotas(accountId: string): Promise<ReadonlyMap<string, number>>;
  /** A page of the whole table, or of what belongs to one account; may miss what was written a second ago. */
  scan(after: ScanPlace | undefined, accountId: string | undefined): Promise<ScanPage>;
}

export interface AuditProgressStore {
  find(): Promise<AuditProgress | undefined>;
  set(progress: AuditProgress): Promise<void>;
}

// Events, entries and wallets as they are kept: in the table or in the archive, sound or not.
import type { UsageEvent } from './usage-event.ts';

/** One event as it lies in the table or in an archive: where it lies, and what it says. */
export interface KeptEvent {
  readonly id: string;
  /** What its partition says. */
  readonly accountId: string;
  readonly minute: string;
  readonly shard: number;
  /** undefined when it cannot be read: see `fault`. */
  readonly event: UsageEvent | undefined;
  readonly fault: string | undefined;
  /** All of it as one line of JSON, the same bytes for the same event. */
  line(): string;
}

/** An object in the archive, pinned to one version. */
export interface StoredObject {
  readonly key: string;
  readonly versionId: string;
  /** Of its bytes, hexadecimal. */
  readonly sha256: string;
  readonly byteCount: number;
}

/** Why an object cannot be believed. */
export class ArchiveFault extends Error {
  override readonly name = 'ArchiveFault';
}

/** The events of one account and day, in the archive. */
export interface ArchivedDay extends StoredObject {
  readonly day: string;
  readonly eventCount: number;
  readonly amountMicros: bigint;
  /** Whether the events are deleted from the table. */
  readonly emptied: boolean;
}

/** An entry as the auditor meets it. */
export interface KeptEntry {
  readonly id: string;
  /** undefined when it cannot be read: see `fault`. */
  readonly entry: { readonly amountMicros: bigint; readonly legs: Readonly<Record<string, bigint>> } | undefined;
  readonly fault: string | undefined;
}

/** A wallet with all that is checked of it. */
export interface AuditedWallet {
  readonly avail: bigint;
  readonly creditLimit: bigint;
  /** Counts paid calls and entries. */
  readonly revision: bigint;
  /** The last minute that takes no paid call any more. */
  readonly sealedThrough?: string | undefined;
}

/** Where a scan of the table goes on. */
export interface ScanPlace {
  readonly pk: string;
  readonly sk: string;
}

export interface ScanPage {
  /** Accounts whose wallet lies on the page, and where, in the order of the page. */
  readonly wallets: readonly { readonly accountId: string; readonly place: ScanPlace }[];
  /** Accounts of which anything that needs a wallet lies on the page. */
  readonly accounts: readonly string[];
  readonly events: readonly KeptEvent[];
  /** undefined at the end. */
  readonly next: ScanPlace | undefined;
}

/** How far the scheduled audit is. */
export interface AuditProgress {
  readonly startedAtMs: number;
  readonly finished: boolean;
  readonly after: ScanPlace | undefined;
}

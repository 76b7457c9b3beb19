// Ledger entries on the wire.
import { toTimestamp } from '../../shared/kernel/clock.ts';
import { formatMicros } from '../../shared/kernel/money.ts';
import type { LedgerEntry } from '../ports.ts';

/** What the account itself sees. Entries never change, so both times are one. */
export const tellEntry = (entry: LedgerEntry) => ({
  id: entry.id,
  type: entry.type,
  amountMicros: formatMicros(entry.amountMicros),
  reason: entry.reason,
  createdAt: toTimestamp(entry.createdAtMs),
  updatedAt: toTimestamp(entry.createdAtMs),
});

/** What operators see. */
export const tellGrant = (entry: LedgerEntry) => ({
  ...tellEntry(entry),
  accountId: entry.accountId,
  grantedBy: entry.grantedBy,
});

// Sealing months, as minutes, hours and days are sealed (domain/seal.ts): fence the wallet, wait until no day is open,
// derive the month from its days and entries, SET it and its sums, drop the marker. Every step may be repeated.
import { idTimeMs } from '../../shared/kernel/ids.ts';
import { periodEndMs, periodOf } from '../../shared/kernel/period.ts';
import type { LedgerStore, MonthStore, OpenPeriods, UsageStore, WalletStore } from '../ports.ts';
import { chainMonths, monthOf } from './month.ts';
import type { SealReport } from './seal.ts';
import { lastMinuteOf } from './sealing.ts';
import { sumInto } from './usage-sum.ts';
import { type WorkTime, workThrough } from './work-through.ts';

/** How long after its end a month is sealed: free calls, which no fence holds, have all this time to land. */
export const MONTH_GRACE_MS = 3_600_000;

const MAX_MONTHS_A_RUN = 1_000;
/** Before every day that there is. */
const FIRST_DAY = '0000-01-01';

export interface SealMonthPorts {
  readonly wallets: Pick<WalletStore, 'fence'>;
  readonly open: Pick<OpenPeriods, 'list'>;
  readonly usage: Pick<UsageStore, 'sums' | 'setSums'>;
  readonly ledger: Pick<LedgerStore, 'between'>;
  readonly months: MonthStore;
}

/**
 * Seals the month, and each month since the last sealed one that holds anything.
 * @returns false while a period of it, or before it, is open
 */
const sealMonth = async (ports: SealMonthPorts, accountId: string, month: string): Promise<boolean> => {
  // The fence comes before any look at what is there: from here on no paid event and no entry can join the month.
  await ports.wallets.fence(accountId, lastMinuteOf(month));
  const open = await ports.open.list(accountId);
  if (open.some((period) => monthOf(period) <= month)) return false;
  const sealed = await ports.months.list(accountId);
  const previous = sealed.findLast((one) => one.month < month);
  const [days, entries] = await Promise.all([
    ports.usage.sums(accountId, 'day', previous ? `${previous.month}-32` : FIRST_DAY, `${month}-31`),
    ports.ledger.between(accountId, previous ? periodEndMs(previous.month) : 0, periodEndMs(month)),
  ]);
  const months = chainMonths(previous?.closingMicros ?? 0n, {
    days,
    entries: entries.map(({ id, amountMicros }) => ({ amountMicros, month: periodOf(idTimeMs(id), 'month') })),
  });
  for (const one of months) {
    const daysOfIt = days.filter(({ period }) => monthOf(period) === one.month);
    await ports.usage.setSums(accountId, sumInto(one.month, daysOfIt));
    await ports.months.set(accountId, one);
  }
  await ports.months.close(accountId, month);
  return true;
};

/**
 * Seals the months that are over, oldest first.
 * @throws AggregateError when some failed; the others are sealed all the same
 */
export const sealDueMonths = async (
  ports: SealMonthPorts,
  request: WorkTime & { readonly nowMs: number },
): Promise<SealReport> => {
  const running = periodOf(request.nowMs - MONTH_GRACE_MS, 'month');
  const due = await ports.months.due(running, MAX_MONTHS_A_RUN);
  let sealedCount = 0;
  const faults = await workThrough(due, request, async ({ accountId, month }) => {
    if (await sealMonth(ports, accountId, month)) sealedCount++;
  });
  if (faults.length > 0) throw new AggregateError(faults, `${faults.length} of ${due.length} months were not sealed`);
  return { dueCount: due.length, sealedCount };
};

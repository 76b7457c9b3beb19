// Mends sums: marks a period as open again, so that the sealer derives it anew from what it is made of.
import { granularityOf, periodOf, periodStartMs } from '../../../shared/kernel/period.ts';
import type { ArchiveStore, MonthStore, OpenPeriods } from '../../ports.ts';

export interface RecountPorts {
  readonly open: Pick<OpenPeriods, 'mark'>;
  readonly months: Pick<MonthStore, 'mark'>;
  readonly archive: Pick<ArchiveStore, 'find'>;
}

/**
 * @param period - a minute, hour, day or month; the larger ones that hold it are counted again, too
 * @throws RangeError when the period's events lie in the archive: then its minutes cannot be summed from the table
 */
export const recount = async (ports: RecountPorts, accountId: string, period: string): Promise<readonly string[]> => {
  const granularity = granularityOf(period);
  if (granularity === 'month') {
    await ports.months.mark(accountId, period);
    return [period];
  }
  const startMs = periodStartMs(period);
  const day = periodOf(startMs, 'day');
  const refuseArchived = async () => {
    if (granularity !== 'minute' || !(await ports.archive.find(accountId, day))) return;
    throw new RangeError(
      `the events of ${day} are in the archive: restore the sums of ${period} from recovery instead`,
    );
  };
  await refuseArchived();
  // The larger first: a minute's marker implies those of its hour and day.
  const periods = (['day', 'hour', 'minute'] as const).map((one) => periodOf(startMs, one));
  const marked = periods.filter((one) => one.length <= period.length);
  for (const one of marked) {
    // Again, now that the day is marked: from here on the archiver leaves it alone.
    if (one.length === 16) await refuseArchived();
    await ports.open.mark(accountId, one);
  }
  return marked;
};

// Sealing: fence the wallet, sum what the period is made of, SET the sums, drop the marker. Whatever step it is killed
// at, the marker is still there and the next run does the same again; two at once write the same numbers.
import type { OpenPeriods, UsageStore, WalletStore } from '../ports.ts';
import {
  childPrefix,
  childrenOf,
  lastMinuteOf,
  lastSealableMinute,
  type SealedGranularity,
  sealedGranularities,
  sealedGranularityOf,
} from './sealing.ts';
import { sumInto, type UsageSum } from './usage-sum.ts';
import { type WorkTime, workThrough } from './work-through.ts';

const MAX_PERIODS_A_RUN = 4_000;

export interface SealPorts {
  readonly wallets: WalletStore;
  readonly open: OpenPeriods;
  readonly usage: UsageStore;
}

export interface SealReport {
  readonly dueCount: number;
  readonly sealedCount: number;
}

const partsOf = (ports: SealPorts, accountId: string, period: string): Promise<UsageSum[]> => {
  const granularity = sealedGranularityOf(period);
  if (granularity === 'minute') return ports.usage.eventSums(accountId, period);
  const children = childrenOf(period);
  const child: SealedGranularity = granularity === 'day' ? 'hour' : 'minute';
  return ports.usage.sums(accountId, child, children[0] ?? '', children.at(-1) ?? '');
};

/** @returns false when a part of the period is still open: it is sealed once that is */
const sealPeriod = async (ports: SealPorts, accountId: string, period: string): Promise<boolean> => {
  // The fence comes before any look at what is there: from here on nothing paid can join the period.
  await ports.wallets.fence(accountId, lastMinuteOf(period));
  if (sealedGranularityOf(period) !== 'minute') {
    const openParts = await ports.open.list(accountId, childPrefix(period));
    if (openParts.length > 0) return false;
  }
  await ports.usage.setSums(accountId, sumInto(period, await partsOf(ports, accountId, period)));
  await ports.open.close(accountId, period);
  return true;
};

/**
 * Seals what is due, minutes before hours before days.
 * @param request.deadlineMs - begins nothing after it; the next run goes on
 * @throws AggregateError when some periods failed; the others are sealed all the same
 */
export const sealDue = async (
  ports: SealPorts,
  request: WorkTime & { readonly nowMs: number },
): Promise<SealReport> => {
  const due = await ports.open.due(lastSealableMinute(request.nowMs), MAX_PERIODS_A_RUN);
  const faults: unknown[] = [];
  let sealedCount = 0;
  for (const granularity of sealedGranularities) {
    const queue = due.filter(({ period }) => sealedGranularityOf(period) === granularity);
    const failed = await workThrough(queue, request, async ({ accountId, period }) => {
      if (await sealPeriod(ports, accountId, period)) sealedCount++;
    });
    faults.push(...failed);
  }
  if (faults.length > 0) throw new AggregateError(faults, `${faults.length} of ${due.length} periods were not sealed`);
  return { dueCount: due.length, sealedCount };
};

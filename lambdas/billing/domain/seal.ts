// Sealing: fence the wallet, sum what the period is made of, SET the sums, drop the marker. Whatever step it is killed
// at, the marker is still there and the next run does the same again; two at once write the same numbers. The sums of a
// minute are written together with the event that tells of them, part by part, and only where they are not there yet.
import type { OpenPeriods, UsageStore, WalletStore } from '../ports.ts';
import { minuteParts } from './minute-sum.ts';
import {
  childPrefix,
  childrenOf,
  lastMinuteOf,
  lastSealableMinute,
  type SealedGranularity,
  sealedGranularities,
  sealedGranularityOf,
} from './sealing.ts';
import { sumInto } from './usage-sum.ts';
import { type WorkTime, workThrough } from './work-through.ts';

const MAX_PERIODS_A_RUN = 4_000;
/** How often a minute is begun anew whose sums another run changed meanwhile. */
const MINUTE_TRIES = 4;

export interface SealPorts {
  readonly wallets: WalletStore;
  readonly open: OpenPeriods;
  readonly usage: UsageStore;
}

export interface SealReport {
  readonly dueCount: number;
  readonly sealedCount: number;
}

const sumLonger = async ({ usage }: SealPorts, accountId: string, period: string): Promise<void> => {
  const children = childrenOf(period);
  const child: SealedGranularity = sealedGranularityOf(period) === 'day' ? 'hour' : 'minute';
  const parts = await usage.sums(accountId, child, children[0] ?? '', children.at(-1) ?? '');
  await usage.setSums(accountId, sumInto(period, parts));
};

const sumMinuteOf = async ({ usage }: SealPorts, accountId: string, minute: string, nowMs: number): Promise<void> => {
  for (let tries = 0; tries < MINUTE_TRIES; tries++) {
    // What is stored is looked at before the events: so whoever saw more of them, and wrote it, is not written over.
    const stored = await usage.sums(accountId, 'minute', minute, minute);
    const parts = minuteParts(stored, await usage.eventSums(accountId, minute));
    if (await inTurn(parts, (part) => usage.setMinutePart(accountId, minute, part, nowMs))) return;
  }
  throw new Error(`the sums of ${minute} were changed by others ${MINUTE_TRIES} times`);
};

/** @returns whether all were written; the first that was not ends it */
const inTurn = async <T>(parts: readonly T[], write: (part: T) => Promise<boolean>): Promise<boolean> => {
  for (const part of parts) if (!(await write(part))) return false;
  return true;
};

/** @returns false when a part of the period is still open: it is sealed once that is */
const sealPeriod = async (ports: SealPorts, accountId: string, period: string, nowMs: number): Promise<boolean> => {
  // The fence comes before any look at what is there: from here on nothing paid can join the period.
  await ports.wallets.fence(accountId, lastMinuteOf(period));
  if (sealedGranularityOf(period) === 'minute') await sumMinuteOf(ports, accountId, period, nowMs);
  else {
    const openParts = await ports.open.list(accountId, childPrefix(period));
    if (openParts.length > 0) return false;
    await sumLonger(ports, accountId, period);
  }
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
      if (await sealPeriod(ports, accountId, period, request.nowMs)) sealedCount++;
    });
    faults.push(...failed);
  }
  if (faults.length > 0) throw new AggregateError(faults, `${faults.length} of ${due.length} periods were not sealed`);
  return { dueCount: due.length, sealedCount };
};

// An account's usage over a span, strongly consistent: sums of what is closed, events of what is open.
import type { OpenPeriods, UsageStore } from '../ports.ts';
import { coverOf, type Span } from './usage-cover.ts';
import type { UsageSum } from './usage-sum.ts';

/**
 * The markers are read first. A period without one was sealed before, and its sum is final and written; one with a
 * marker is read from its parts, whose records stay, though it be sealed while this is reading. So nothing is missed
 * and nothing is counted twice, without any lock.
 */
export const readUsage = async (
  { open, usage }: { readonly open: OpenPeriods; readonly usage: UsageStore },
  request: { readonly accountId: string; readonly span: Span; readonly byHour: boolean },
): Promise<UsageSum[]> => {
  const { accountId, span } = request;
  const marked = new Set(await open.list(accountId));
  const cover = coverOf(span, request.byHour ? 'hour' : 'day', marked);
  const parts = await Promise.all([
    ...cover.closed.map(({ granularity, first, last }) => usage.sums(accountId, granularity, first, last)),
    ...cover.openMinutes.map((minute) => usage.eventSums(accountId, minute)),
  ]);
  return parts.flat();
};

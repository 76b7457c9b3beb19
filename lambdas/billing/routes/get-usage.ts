// GET /v1/usage — sums of closed periods and events of open minutes, grouped as asked. Every page is computed anew, so
// that each is true at its own moment; the cursor is the last group's place in the order.
import { toTimestamp } from '../../shared/kernel/clock.ts';
import { formatMicros } from '../../shared/kernel/money.ts';
import { decodeCursor, encodeCursor } from '../../shared/platform/cursor.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { billingRoutes, UsageGroup } from '../contract.ts';
import { readUsage } from '../domain/read-usage.ts';
import { NO_KEY } from '../domain/usage-key.ts';
import { usageSpan } from '../domain/usage-span.ts';
import { groupUsage, type UsageLine } from '../domain/usage-sum.ts';
import type { OpenPeriods, UsageStore } from '../ports.ts';

const toItem = ({ values, calls, rows, amountMicros }: UsageLine, groupBy: readonly UsageGroup[]) => {
  const { key, ...names } = values;
  return {
    ...names,
    ...(groupBy.includes('key') ? { keyId: key === NO_KEY ? null : key } : {}),
    calls,
    rows,
    amountMicros: formatMicros(amountMicros),
  };
};

export const getUsage =
  (ports: { readonly open: OpenPeriods; readonly usage: UsageStore }): UseCase<typeof billingRoutes.getUsage> =>
  async ({ caller, query, nowMs }) => {
    const { groupBy, from, to, model, cursor, limit } = query;
    const filters = { groupBy, from, to, model, accountId: caller.accountId };
    const after = decodeCursor(cursor, filters)?.after;
    const byHour = groupBy.includes('hour');
    const span = usageSpan({ from, to, byHour }, nowMs);
    const sums = await readUsage(ports, { accountId: caller.accountId, span, byHour });
    const wanted = model === undefined ? sums : sums.filter((sum) => sum.model === model);
    const lines = groupUsage(wanted, groupBy).filter(({ sortKey }) => after === undefined || sortKey > String(after));
    const page = lines.slice(0, limit);
    const last = page.at(-1);
    const next = encodeCursor(lines.length > limit && last ? { after: last.sortKey } : undefined, filters);
    return {
      status: 200,
      body: {
        items: page.map((line) => toItem(line, groupBy)),
        next,
        from: toTimestamp(span.fromMs),
        to: toTimestamp(span.toMs),
      },
    };
  };

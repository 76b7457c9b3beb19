// The span of time that a usage request means, checked and widened to whole minutes.
import { DomainError } from '../../shared/kernel/errors.ts';
import type { Span } from './usage-cover.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const MAX_DAYS = { day: 366, hour: 31 } as const;

const isDay = (text: string) => text.length === 10;

const refuse = (field: 'from' | 'to', detail: string) =>
  new DomainError('invalid', 'validation_failed', `'query/${field}' ${detail}`, {
    errors: [{ pointer: `query/${field}`, detail }],
  });

/**
 * @param request - days (`to` is included) or instants (`to` is not); absent: this month so far
 * @throws DomainError validation_failed
 */
export const usageSpan = (
  request: { readonly from: string | undefined; readonly to: string | undefined; readonly byHour: boolean },
  nowMs: number,
): Span => {
  const { from, to, byHour } = request;
  const now = new Date(nowMs);
  const monthStartMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1);
  const startMs = from === undefined ? monthStartMs : Date.parse(from);
  const endMs = to === undefined ? Math.max(nowMs, startMs) + 1 : Date.parse(to) + (isDay(to) ? DAY_MS : 0);
  const fromMs = Math.floor(startMs / MINUTE_MS) * MINUTE_MS;
  const toMs = Math.ceil(endMs / MINUTE_MS) * MINUTE_MS;
  if (toMs <= fromMs)
    throw refuse('to', `must be after 'from', got ${to ?? now.toISOString()} after ${from ?? 'the month’s first'}`);
  const maxDays = byHour ? MAX_DAYS.hour : MAX_DAYS.day;
  if (toMs - fromMs > maxDays * DAY_MS) {
    const days = Math.ceil((toMs - fromMs) / DAY_MS);
    throw refuse(
      'from',
      `must be at most ${maxDays} days before 'to'${byHour ? ' when grouped by hour' : ''}, got ${days}`,
    );
  }
  return { fromMs, toMs };
};

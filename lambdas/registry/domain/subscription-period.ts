// The months of a subscription, computed from its anchor and never stepped: the n-th begins n months after the anchor, on
// the anchor's day, or on the month's last where it has no such day. 31 January → 28 February → 31 March.

export interface Period {
  /** 0: the first. */
  readonly index: number;
  readonly startMs: number;
  /** The next one's start. */
  readonly endMs: number;
}

const DAY_MS = 86_400_000;

/** @param count - whole months, 0 or more */
export const addMonths = (anchorMs: number, count: number): number => {
  const anchor = new Date(anchorMs);
  const year = anchor.getUTCFullYear();
  const month = anchor.getUTCMonth() + count;
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const midnightMs = Date.UTC(year, month, Math.min(anchor.getUTCDate(), lastDay));
  return midnightMs + (((anchorMs % DAY_MS) + DAY_MS) % DAY_MS);
};

/** The period that holds the instant. @param nowMs - the anchor or later; before it the first period is meant */
export const monthlyPeriod = (anchorMs: number, nowMs: number): Period => {
  const anchor = new Date(anchorMs);
  const now = new Date(nowMs);
  const months = (now.getUTCFullYear() - anchor.getUTCFullYear()) * 12 + now.getUTCMonth() - anchor.getUTCMonth();
  const index = Math.max(0, addMonths(anchorMs, Math.max(0, months)) > nowMs ? months - 1 : months);
  return { index, startMs: addMonths(anchorMs, index), endMs: addMonths(anchorMs, index + 1) };
};

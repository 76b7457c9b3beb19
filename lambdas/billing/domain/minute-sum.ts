// The sums of a minute, which its events make and nothing else, and what of them is told of the models.
import { type CountedUsage, NOTHING_COUNTED, type ToldUsage, USAGE_EVENT_MODELS } from './counted-usage.ts';
import { sumInto, sumName, sumText, type UsageSum } from './usage-sum.ts';

export type MinuteSum = UsageSum & { readonly counted: CountedUsage };

/** The sums of a minute per model and key, from its events' own. */
export const sumMinute = (minute: string, events: readonly MinuteSum[]): MinuteSum[] => {
  const counted = new Map<string, CountedUsage>();
  for (const event of events) {
    const { calls, rows } = counted.get(sumName(event)) ?? NOTHING_COUNTED;
    counted.set(sumName(event), { calls: calls + event.counted.calls, rows: rows + event.counted.rows });
  }
  return sumInto(minute, events).map((sum) => ({ ...sum, counted: counted.get(sumName(sum)) ?? NOTHING_COUNTED }));
};

/** A sum as it shall be, and as it was read; undefined: there was none. */
export interface SumChange {
  readonly sum: MinuteSum;
  readonly before: UsageSum | undefined;
}

/** A part of a minute's sums, to be written at once with what it tells. */
export interface MinutePart {
  readonly changes: readonly SumChange[];
  /** What the models are to be told, with which they have been told all that the sums hold. */
  readonly models: readonly ToldUsage[];
}

/**
 * What is to be written for the stored sums to be these; nothing where they are. Each part tells what its own sums hold
 * more than before, so whatever was written by somebody who died is told already, and only that.
 */
export const minuteParts = (stored: readonly UsageSum[], sums: readonly MinuteSum[]): MinutePart[] => {
  const before = new Map(stored.map((sum) => [sumName(sum), sum]));
  const changes = sums
    .map((sum) => ({ sum, before: before.get(sumName(sum)) }))
    .filter((change) => change.before === undefined || !isSame(change.sum, change.before));
  const parts: MinutePart[] = [];
  for (let start = 0; start < changes.length; start += USAGE_EVENT_MODELS) {
    const some = changes.slice(start, start + USAGE_EVENT_MODELS);
    parts.push({ changes: some, models: toldOf(some) });
  }
  return parts;
};

const isSame = (sum: MinuteSum, { counted, ...before }: UsageSum): boolean =>
  sumText(sum) === sumText(before) && counted?.calls === sum.counted.calls && counted.rows === sum.counted.rows;

const toldOf = (changes: readonly SumChange[]): readonly ToldUsage[] => {
  const models = new Map<string, CountedUsage>();
  for (const { sum, before } of changes) {
    const { calls, rows } = models.get(sum.model) ?? NOTHING_COUNTED;
    const known = before?.counted ?? NOTHING_COUNTED;
    models.set(sum.model, {
      calls: calls + sum.counted.calls - known.calls,
      rows: rows + sum.counted.rows - known.rows,
    });
  }
  return [...models]
    .filter(([, { calls, rows }]) => calls !== 0 || rows !== 0)
    .map(([model, counted]) => ({ model, ...counted }));
};

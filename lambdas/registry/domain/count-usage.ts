// What a sealed minute of an account's calls adds to what is known of the models. Counts are added to, so events may come
// in any order; each counts once, which its transaction sees to.
import { periodStartMs } from '../../shared/kernel/period.ts';
import type { KnownUsage, UsageCount } from '../ports/usage-counts.ts';

/**
 * By which share a model's calls must have grown for search to learn of it. An order by usage is then never wrong by
 * more than that, and a model that gets a thousand calls every minute is told of some thousand times in its first year,
 * not half a million times: each time its words and its latest version are read, and the index is written.
 */
const STEP = 0.01;

export const isStep = (callCount: number, toldCallCount: number): boolean =>
  callCount > toldCallCount && callCount - toldCallCount >= toldCallCount * STEP;

/** Fewer callers are told as nothing: who knows of one caller alone would know what each of its calls added. */
export const LEAST_CALLERS_TOLD = 5;

export interface SealedUsage {
  readonly minute: string;
  readonly models: readonly { readonly model: string; readonly calls: number }[];
}

export const countUsage = ({ minute, models }: SealedUsage, known: readonly KnownUsage[]): readonly UsageCount[] => {
  const atMs = periodStartMs(minute);
  const before = new Map(known.map((one) => [one.model, one]));
  return models.map(({ model, calls }) => {
    const { user, callCount = 0, toldCallCount = 0 } = before.get(model) ?? {};
    const after = {
      firstUsedAtMs: Math.min(atMs, user?.firstUsedAtMs ?? atMs),
      lastUsedAtMs: Math.max(atMs, user?.lastUsedAtMs ?? atMs),
    };
    const next = callCount + calls;
    return { model, calls, before: user, after, told: isStep(next, toldCallCount) ? next : undefined };
  });
};

// One seed through one algorithm, as the checks get it.
import type { Algorithm } from './algorithm.ts';
import type { Attempt, Journal } from './journal.ts';
import type { Plan } from './plan.ts';
import type { Truth } from './truth.ts';

export interface Run {
  readonly plan: Plan;
  readonly algorithm: Algorithm;
  readonly journal: Journal;
  readonly truth: Truth;
  readonly faultCounts: Readonly<Record<string, number>>;
  /** Sums that were final before the callers had ended. */
  readonly closedMeanwhile: number;
}

/** One thing that must hold. */
export interface Check {
  readonly name: string;
  /** @returns what is wrong, with figures; undefined when it holds */
  readonly find: (run: Run) => string | undefined;
}

export type Answered = Attempt & { readonly came: { readonly as: 'answered' } };

export const answeredOf = ({ attempts }: { readonly attempts: readonly Attempt[] }): Answered[] =>
  attempts.filter((one): one is Answered => one.came.as === 'answered');

export const groupBy = <T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
};

export const sumOf = (amounts: Iterable<bigint>): bigint => {
  let sum = 0n;
  for (const amount of amounts) sum += amount;
  return sum;
};

/** How far each balance fell, and how often: grants raise it, charges lower it. */
export const fallsOf = (balances: readonly bigint[]): bigint[] =>
  balances.flatMap((avail, index) => {
    const before = balances[index - 1] ?? avail;
    return avail < before ? [before - avail] : [];
  });

export const percent = (part: number, of: number): string => `${of === 0 ? 0 : Math.round((part / of) * 100)} %`;

/** The least of them; 0 when there are none. */
export const lowestOf = (balances: readonly bigint[]): bigint => {
  let lowest = balances[0] ?? 0n;
  for (const avail of balances) if (avail < lowest) lowest = avail;
  return lowest;
};

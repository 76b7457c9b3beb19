// Runs one seed through an algorithm, in a table of its own, and checks what came of it.
import type { Emulator } from '../support/emulator.ts';
import type { Algorithm } from './algorithm.ts';
import { allChecks } from './checks/all-checks.ts';
import { drive } from './drive.ts';
import { planOf } from './plan.ts';
import { answeredOf, fallsOf, lowestOf, type Run, sumOf } from './run.ts';
import { readTruth } from './truth.ts';
import { createWorld } from './world.ts';

export interface Verdict {
  readonly check: string;
  /** What is wrong; undefined when it holds. */
  readonly found: string | undefined;
}

export interface SeedReport {
  readonly run: Run;
  readonly verdicts: readonly Verdict[];
  /** The figures on one line. */
  readonly line: string;
}

export const CALL_COUNT = 480;

let tableCount = 0;

export const runSeed = async (
  emulator: Emulator,
  { seed, algorithm, callCount = CALL_COUNT }: { seed: number; algorithm: Algorithm; callCount?: number },
): Promise<SeedReport> => {
  const plan = planOf(seed, callCount);
  const world = await createWorld(emulator, { seed, table: `aimass-charge-${seed}-${tableCount++}` });
  try {
    const { journal, closedMeanwhile } = await drive({ world, plan, algorithm });
    const truth = await readTruth(world.calm);
    const run = { plan, algorithm, journal, truth, faultCounts: world.proxy.counts(), closedMeanwhile };
    return {
      run,
      verdicts: allChecks.map(({ name, find }) => ({ check: name, found: find(run) })),
      line: lineOf(run),
    };
  } finally {
    await world.stop();
  }
};

const lineOf = ({ plan, journal, truth, faultCounts, closedMeanwhile }: Run): string => {
  const states = [...truth.balances.values()];
  const debits = states.flatMap(fallsOf);
  const difference = sumOf(debits) - sumOf(truth.events.map(({ amountMicros }) => amountMicros));
  const faults = Object.values(faultCounts).reduce((sum, count) => sum + count, 0);
  return [
    `seed ${plan.seed}: ${journal.attempts.length} requests`,
    `${answeredOf(journal).length} acknowledged`,
    `${truth.events.length} events`,
    `${debits.length} debits`,
    `difference ${difference}`,
    `minimum balance ${lowestOf(states.flat())}`,
    `(${faults} faults, ${journal.crashCount} crashes, ${closedMeanwhile} periods summed meanwhile)`,
  ].join(', ');
};

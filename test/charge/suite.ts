// The three parts of the suite, as what runs them tells of them: seeds, crash points, rejected algorithms.
import type { Emulator } from '../support/emulator.ts';
import type { RejectedAlgorithm } from './algorithm.ts';
import { crashEverywhere, type PointResult } from './crash/crash-points.ts';
import { type InferPlace, startInferPlace } from './crash/infer-place.ts';
import { paidCall, type Scenario, scenarios, timedOutScenarios } from './crash/scenarios.ts';
import { ourCharge } from './our-charge.ts';
import { addThenEvent } from './rejected/add-then-event.ts';
import { claimEffectComplete } from './rejected/claim-effect-complete.ts';
import { runSeed, type SeedReport } from './run-seed.ts';

/** Fewer than a seed of ours has: what is wrong shows soon. */
const REJECTED_CALL_COUNT = 144;
const REJECTED_SEED = 1;
/** So high that the least run costs something, and so low that what the accounts hold covers the longest. */
const COMPUTE_FEE = '100';

export const tryOurs = (emulator: Emulator, seed: number): Promise<SeedReport> =>
  runSeed(emulator, { seed, algorithm: ourCharge });

export interface Caught {
  /** `caught by <check>: <figure>`, or that it was not. */
  readonly line: string;
  readonly caught: boolean;
}

export const tryRejected = async (emulator: Emulator, algorithm: RejectedAlgorithm): Promise<Caught> => {
  const options = { seed: REJECTED_SEED, algorithm, callCount: REJECTED_CALL_COUNT };
  const { verdicts } = await runSeed(emulator, options);
  const found = verdicts.find(({ check }) => check === algorithm.caughtBy)?.found;
  return found === undefined
    ? { caught: false, line: `${algorithm.name}: NOT caught by ${algorithm.caughtBy}` }
    : { caught: true, line: `${algorithm.name}: caught by ${algorithm.caughtBy}: ${found}` };
};

export interface ScenarioReport {
  readonly name: string;
  readonly results: readonly PointResult[];
}

/** @param onReport - told of each scenario when it is through */
export const tryCrashPoints = async (emulator: Emulator, onReport: (report: ScenarioReport) => void): Promise<void> => {
  const tryAll = (some: readonly Scenario[]) => async (place: InferPlace) => {
    for (const scenario of some) {
      onReport({ name: scenario.name, results: await crashEverywhere(place, scenario) });
    }
  };
  await inPlace(emulator, {}, tryAll(scenarios));
  await inPlace(emulator, { perGbSecondMicros: COMPUTE_FEE }, tryAll(timedOutScenarios));
};

/** The rejected charges that a crash alone gives away: the suite sees it, or it sees nothing. */
export const crashCatches: readonly RejectedAlgorithm[] = [addThenEvent, claimEffectComplete];

export const tryRejectedCrash = (emulator: Emulator, algorithm: RejectedAlgorithm): Promise<Caught> =>
  inPlace(emulator, algorithm, async (place) => {
    const results = await crashEverywhere(place, paidCall);
    const wrong = results.filter(({ found }) => found !== undefined);
    const [first] = wrong;
    return first
      ? {
          caught: true,
          line: `${algorithm.name}: caught by crash-points: ${wrong.length} of ${results.length}, e.g. ${first.point}: ${first.found}`,
        }
      : { caught: false, line: `${algorithm.name}: NOT caught by crash-points` };
  });

const inPlace = async <T>(
  emulator: Emulator,
  options: Parameters<typeof startInferPlace>[1],
  work: (place: InferPlace) => Promise<T>,
): Promise<T> => {
  const place = await startInferPlace(emulator, options);
  try {
    return await work(place);
  } finally {
    place.stop();
  }
};

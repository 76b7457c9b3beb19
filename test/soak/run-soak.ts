// Calls a lane again and again, with models and batches as a seed says, and tells what became of answers and memory.
import type { Tensor } from '../../lambdas/inference/domain/tensor.ts';
import { seededRandom } from '../../lambdas/shared/numeric/seeded-random.ts';
import type { SoakLaneKind } from './soak-lane.ts';
import type { SoakModel } from './soak-models.ts';

export interface SoakPlan {
  readonly callCount: number;
  readonly seed: number;
}

export interface SoakReport {
  readonly lane: string;
  readonly callCount: number;
  /** Models that were called. */
  readonly modelCount: number;
  readonly loadCount: number;
  readonly evictionCount: number;
  readonly disturbanceCount: number;
  readonly peakResidentBytes: number;
  /** Most of the last quarter by most of the second: what is still rising after the cache is full. */
  readonly growth: number;
  /** Most that the lane ever said it holds, by what it may. */
  readonly fullest: number;
  readonly wrongCount: number;
  readonly firstWrong: string | undefined;
  /** Loaded, not released, and not known to the cache any more; or live after all was released. */
  readonly leakedCount: number;
  readonly seconds: number;
}

/** So much may the second quarter be exceeded: allocators keep some of what they are given back. */
export const GROWTH_LIMIT = 1.15;

const SAMPLES = 400;
/** One call in so many is a disturbance, where the lane has one. */
const DISTURB_EVERY = 1_000;
const CLOSE = 1e-6;

export const runSoak = async (kind: SoakLaneKind, all: readonly SoakModel[], plan: SoakPlan): Promise<SoakReport> => {
  const models = all.filter((model) => kind.serves?.(model) ?? true);
  const lane = await kind.start(models);
  const random = seededRandom(plan.seed);
  const startedMs = performance.now();
  const called = new Set<SoakModel>();
  const resident: number[] = [];
  const wrong: string[] = [];
  let fullest = 0;
  let [made, disturbanceCount, wrongCount] = [0, 0, 0];
  const sampleEvery = Math.max(1, Math.floor(plan.callCount / SAMPLES));
  const note = (found: string | undefined) => {
    if (found === undefined) return;
    wrongCount++;
    wrong.push(...(wrong.length === 0 ? [found] : []));
  };

  const callOne = async (model: SoakModel, call: number) => {
    called.add(model);
    const { expected } = model.calls[call] ?? { expected: [] };
    note(await faultOf(() => lane.call(model, call), expected, kind.exact, `${model.kind} call ${call}`));
  };

  const sample = () => {
    const { residentBytes, heldBytes, budgetBytes } = lane.figures();
    resident.push(residentBytes);
    fullest = Math.max(fullest, heldBytes / budgetBytes);
  };

  const nextModel = () => models[Math.floor(models.length * random.uniform() ** 2)] as SoakModel;
  const caller = async () => {
    while (made < plan.callCount) {
      const number = made++;
      // Some are called far more often than others; every now and then all callers ask for one at once.
      const model =
        number % 50 < kind.concurrency ? (models[Math.floor(number / 50) % models.length] ?? nextModel()) : nextModel();
      await callOne(model, random.below(model.calls.length));
      if (number % sampleEvery === 0) sample();
      if (lane.disturb && number % DISTURB_EVERY === DISTURB_EVERY / 2) {
        disturbanceCount++;
        note(
          await lane.disturb().then(
            () => undefined,
            (fault: unknown) => `disturbance: ${String(fault)}`,
          ),
        );
      }
    }
  };
  await Promise.all(Array.from({ length: kind.concurrency }, caller));
  const { loadCount, evictionCount, liveCount } = lane.figures();
  const unreleased = await lane.end();
  const quarter = Math.floor(resident.length / 4);
  return {
    lane: kind.name,
    callCount: made,
    modelCount: called.size,
    loadCount,
    evictionCount,
    disturbanceCount,
    peakResidentBytes: Math.max(...resident),
    growth: Math.max(...resident.slice(-quarter)) / Math.max(...resident.slice(quarter, 2 * quarter)),
    fullest,
    wrongCount,
    firstWrong: wrong[0],
    leakedCount: Math.abs(loadCount - evictionCount - liveCount) + unreleased,
    seconds: (performance.now() - startedMs) / 1000,
  };
};

const faultOf = async (
  call: () => Promise<readonly Tensor[]>,
  expected: readonly Tensor[],
  exact: boolean,
  label: string,
): Promise<string | undefined> => {
  try {
    const outputs = await call();
    const difference = expected.find((tensor, index) => !isSame(outputs[index], tensor, exact));
    if (outputs.length !== expected.length || difference) return `${label}: output '${difference?.name}' differs`;
    return undefined;
  } catch (fault) {
    return `${label}: ${fault instanceof Error ? fault.message : String(fault)}`;
  }
};

const isSame = (got: Tensor | undefined, expected: Tensor, exact: boolean): boolean => {
  if (!got || got.name !== expected.name || got.shape.join() !== expected.shape.join()) return false;
  if (Buffer.compare(got.data, expected.data) === 0) return true;
  if (exact || expected.datatype !== 'FP32' || got.data.length !== expected.data.length) return false;
  const [ours, theirs] = [got, expected].map(({ data }) => new Float32Array(Uint8Array.from(data).buffer));
  return (
    theirs?.every(
      (value, at) => Math.abs(value - (ours?.[at] ?? Number.NaN)) <= CLOSE * Math.max(1, Math.abs(value)),
    ) ?? false
  );
};

/** @returns each bound that does not hold, in words */
export const faultsOf = (report: SoakReport): string[] => {
  const faults: string[] = [];
  if (report.wrongCount > 0) faults.push(`${report.wrongCount} wrong answers, the first: ${report.firstWrong}`);
  if (report.leakedCount > 0) faults.push(`${report.leakedCount} sessions leaked`);
  if (!(report.growth <= GROWTH_LIMIT))
    faults.push(`memory grew by a factor of ${report.growth}, more than ${GROWTH_LIMIT}`);
  if (report.fullest > 1) faults.push(`the cache held ${report.fullest} of its budget`);
  if (report.evictionCount === 0) faults.push('nothing was evicted: the soak did not put the cache to the test');
  return faults;
};

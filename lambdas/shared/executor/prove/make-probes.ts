// The batches that a compiled model is tried on, beside the runtime: at its own thresholds and categories, at the ends
// of the number line, at random; small batches, which take other ways through both than large ones.
import { seededRandom } from '../../numeric/seeded-random.ts';
import type { ExecutorTensor } from '../executor-tensor.ts';
import { decodePlan } from '../flat-form.ts';
import { type Extent, type Plan, type Port, sizeAt } from '../plan.ts';
import { edgeRows, landmarksOf } from './edge-rows.ts';

export interface Probe {
  readonly rows: number;
  /** Its time tells from which batch on the runtime is faster. */
  readonly timed: boolean;
  readonly inputs: Readonly<Record<string, ExecutorTensor>>;
}

/** What all probes together may take; batches that go beyond are left out. */
export interface ProbeBudget {
  readonly inputBytes: number;
  readonly outputBytes: number;
  /** Elementary operations of the executor. */
  readonly work: number;
}

const BATCHES = [1, 1, 1, 2, 3, 1, 5, 8, 1, 17, 64, 1, 130];
const TIMED_BATCHES = [1, 4, 16, 64, 256, 1024];

const UNBOUNDED: ProbeBudget = { inputBytes: Infinity, outputBytes: Infinity, work: Infinity };

/**
 * @param compiled - from `compileModel`
 * @param rounds - how often a batch of each size is tried, tame and wild in turn
 * @param timed - with batches of rising size whose times are wanted, after the others
 * @returns what fits the budget; each round and the timed batches have an equal share of it
 */
export const makeProbes = (
  compiled: Uint8Array,
  options: {
    readonly seed: number;
    readonly rounds: number;
    readonly timed?: boolean;
    readonly budget?: ProbeBudget;
  },
): Probe[] => {
  const { seed, rounds, timed = false, budget = UNBOUNDED } = options;
  const plan = decodePlan(compiled);
  const landmarks = landmarksOf(plan);
  const random = seededRandom(seed);
  const shares = rounds + (timed ? 1 : 0);
  const make = (batches: readonly number[], more: { wild: boolean; timed: boolean }): Probe[] =>
    fitting(plan, batches, budget, shares).map((rows) => ({
      rows,
      timed: more.timed,
      inputs: edgeRows(plan.inputs, landmarks, { rows, random, wild: more.wild }),
    }));
  const probes = Array.from({ length: rounds }, (_, round) => make(BATCHES, { wild: round % 2 === 1, timed: false }));
  return [...probes.flat(), ...(timed ? make(TIMED_BATCHES, { wild: false, timed: true }) : [])];
};

const fitting = (plan: Plan, batches: readonly number[], budget: ProbeBudget, shares: number): number[] => {
  const left = {
    inputBytes: budget.inputBytes / shares,
    outputBytes: budget.outputBytes / shares,
    work: budget.work / shares,
  };
  return batches.filter((rows) => {
    const inputBytes = left.inputBytes - bytesOf(plan.inputs, rows);
    const outputBytes = left.outputBytes - bytesOf(plan.outputs, rows);
    const work = left.work - (plan.work.fixed + plan.work.perRow * rows);
    const fits = inputBytes >= 0 && outputBytes >= 0 && work >= 0;
    if (fits) Object.assign(left, { inputBytes, outputBytes, work });
    return fits;
  });
};

const elementBytes = { FP32: 4, FP64: 8, INT64: 8, INT32: 4, BOOL: 1, BYTES: 32 } as const;

const bytesOf = (ports: readonly Port[], rows: number): number =>
  ports.reduce((sum, { type, dims }) => sum + elementBytes[type] * countAt(dims, rows), 0);

const countAt = (dims: readonly Extent[], rows: number): number =>
  dims.reduce((product, dim) => product * sizeAt(dim, rows), 1);

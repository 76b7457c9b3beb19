// Compares pieces of work side by side: rounds of each in turn, so that a machine that slows down slows both; ratios are
// taken round by round, and reported by their median with the quartiles as spread.
import { performance } from 'node:perf_hooks';

/** One line of a benchmark's output. */
export interface Finding {
  readonly area: string;
  readonly case: string;
  readonly metric: string;
  readonly value: number;
  /** `ratio`, `us`, `KiB` … */
  readonly unit: string;
  /** What the value is measured against. */
  readonly baseline: string;
  /** Quartiles of the rounds: half of them lie between. */
  readonly low?: number;
  readonly high?: number;
  /** How large or small it is meant to be, where somebody set a goal. */
  readonly goal?: string;
}

/** Work to be timed. `call` gets a number that grows with every call, so that no input comes twice. */
export interface Contender {
  readonly name: string;
  call(index: number): unknown;
}

export interface Plan {
  /** Rounds that count, each of every contender. */
  readonly rounds: number;
  readonly callsPerRound: number;
  /** Rounds before, that do not count. @default 3 */
  readonly warmupRounds?: number;
  /** What is measured: time on the clock, or the processor's time of this process (all threads). @default 'wall' */
  readonly measure?: 'wall' | 'cpu';
}

/** Microseconds a call, one entry a round. */
export type Rounds = readonly number[];

const cpuUs = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

const wallUs = (): number => performance.now() * 1000;

/** @returns each contender's microseconds a call, by its name */
export const takeTurns = async (contenders: readonly Contender[], plan: Plan): Promise<ReadonlyMap<string, Rounds>> => {
  const { rounds, callsPerRound, warmupRounds = 3, measure = 'wall' } = plan;
  const read = measure === 'cpu' ? cpuUs : wallUs;
  const times = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  let index = 0;
  for (let round = -warmupRounds; round < rounds; round++) {
    // Whoever comes first in a round pays for what the one before left behind: the order turns.
    const order = round % 2 === 0 ? contenders : [...contenders].reverse();
    for (const contender of order) {
      const startedAt = read();
      for (let call = 0; call < callsPerRound; call++) await contender.call(index++);
      if (round >= 0) times.get(contender.name)?.push((read() - startedAt) / callsPerRound);
    }
  }
  return times;
};

/** Linear between the two nearest. @param share - 0 to 1 */
export const quantile = (values: Rounds, share: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  if (below === undefined || above === undefined) throw new RangeError("'values' must not be empty");
  return below + (above - below) * (at - Math.floor(at));
};

export const median = (values: Rounds): number => quantile(values, 0.5);

export interface Spread {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export const spreadOf = (values: Rounds): Spread => ({
  value: rounded(median(values)),
  low: rounded(quantile(values, 0.25)),
  high: rounded(quantile(values, 0.75)),
});

/** Of rounds that were taken in turn. */
export const ratioOf = (over: Rounds, under: Rounds): Spread => {
  if (over.length !== under.length)
    throw new RangeError(`rounds must be as many of both, got ${over.length} and ${under.length}`);
  return spreadOf(over.map((value, round) => value / (under[round] ?? Number.NaN)));
};

/** Four significant digits: no clock tells more. */
const rounded = (value: number): number => Number(value.toPrecision(4));

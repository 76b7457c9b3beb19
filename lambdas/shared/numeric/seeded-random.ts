// Reproducible randomness: the same seed gives the same numbers everywhere.

export interface Random {
  /** At least 0, below 1. */
  uniform(): number;
  /** A whole number of 0 or more, below `end`. */
  below(end: number): number;
  /** Of mean 0 and standard deviation 1 (Box-Muller). */
  normal(): number;
  /** @param from - one at least */
  pick<T>(from: readonly T[]): T;
}

/** Mulberry32. @param seed - any number; its low 32 bits count */
export const seededRandom = (seed: number): Random => {
  let state = seed | 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (end: number): number => Math.floor(uniform() * end);
  return {
    uniform,
    below,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    pick: (from) => from[below(from.length)] as (typeof from)[number],
  };
};

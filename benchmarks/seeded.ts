// Numbers that depend on a seed alone: every run of a benchmark, on every machine, works on the same.

/** A 32-bit generator (mulberry32, Tommy Ettinger, public domain algorithm). @returns uniform in [0, 1) */
export const uniform = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** Standard normal, by Box and Muller. */
export const normal = (seed: number): (() => number) => {
  const draw = uniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
};

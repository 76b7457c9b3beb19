// The time in which a seed runs: it goes on as it does everywhere, and jumps ahead now and then, so that minutes end and
// are sealed while calls are under way.
//
// A free call is kept out of a sealed minute by time alone (domain/sealing.ts): its id is at most 60 s old when it is
// sent, and minutes are summed 120 s after they end. No call lives through two jumps of 45 s, so what the harness does to
// it is what a slow machine might.
const JUMP_MS = 45_000;
/** So many callers wait for a jump at a time; the rest go on, or there would be none. */
const MAX_WAITING = 6;

export interface JumpingClock {
  readonly now: () => number;
  /** Says that an attempt begins. @returns says that it has ended */
  readonly begin: () => () => void;
  /** Jumps if no attempt from before the last jump is left. @returns whether it did */
  readonly tryJump: () => boolean;
  /** Resolves at the next jump; at once when too many wait for it. */
  readonly nextJump: () => Promise<void>;
  /** No more jumps will come: nobody waits for one. */
  readonly release: () => void;
  /** Ahead at once, when nothing is under way. */
  readonly skip: (ms: number) => void;
}

/** Ids of one process count up, as its time does: no clock begins before another has ended. */
let furthestAheadMs = 0;

export const createJumpingClock = (): JumpingClock => {
  let aheadMs = furthestAheadMs;
  const goAhead = (ms: number) => {
    aheadMs += ms;
    furthestAheadMs = Math.max(furthestAheadMs, aheadMs);
  };
  let generation = 0;
  let released = false;
  const underWay = new Map<number, number>();
  let waiting: (() => void)[] = [];
  const wake = () => {
    for (const resolve of waiting) resolve();
    waiting = [];
  };
  return {
    now: () => Date.now() + aheadMs,
    begin: () => {
      const begunIn = generation;
      underWay.set(begunIn, (underWay.get(begunIn) ?? 0) + 1);
      return () => underWay.set(begunIn, (underWay.get(begunIn) ?? 0) - 1);
    },
    tryJump: () => {
      for (const [begunIn, count] of underWay) if (begunIn < generation && count > 0) return false;
      generation++;
      goAhead(JUMP_MS);
      wake();
      return true;
    },
    nextJump: () =>
      released || waiting.length >= MAX_WAITING ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve)),
    release: () => {
      released = true;
      wake();
    },
    skip: goAhead,
  };
};

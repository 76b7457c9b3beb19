// What a run took of a machine, as billing rates it: the memory of the function that ran it, for so many milliseconds.
import type { Compute } from '../../billing/contract.ts';
import { laneMemoryMiB } from '../contract.ts';

const isLane = (lane: string): lane is keyof typeof laneMemoryMiB => Object.hasOwn(laneMemoryMiB, lane);

/**
 * @param lane - a function's; any other ran in `infer` itself
 * @param ownMemoryMiB - of `infer`
 * @param ms - from a stopwatch
 */
export const computeOf = (lane: string, ownMemoryMiB: number, ms: number): Compute => ({
  memoryMiB: isLane(lane) ? laneMemoryMiB[lane] : ownMemoryMiB,
  ms: Math.ceil(Math.max(0, ms)),
});

// Where a version runs, by what its trial run took.
import type { Envelope, Lane } from '../contract.ts';

const GIB = 1_073_741_824;
/** Above, a version is rejected. */
export const MEMORY_LIMIT_BYTES = 8 * GIB;
/** The 2 GiB function needs room for itself and for more rows than one. */
const SMALL_LANE_BYTES = 1.2 * GIB;

/** @returns undefined when no lane holds it */
export const laneFor = ({ peakBytes }: Pick<Envelope, 'peakBytes'>): Lane | undefined => {
  if (peakBytes <= SMALL_LANE_BYTES) return 'run-2gib';
  return peakBytes <= MEMORY_LIMIT_BYTES ? 'run-10gib' : undefined;
};

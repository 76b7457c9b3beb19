// Every way to charge and to sum that loses money or makes some.
import type { RejectedAlgorithm } from '../algorithm.ts';
import { addRollUps } from './add-roll-ups.ts';
import { addThenEvent } from './add-then-event.ts';
import { cachedBalance } from './cached-balance.ts';
import { claimEffectComplete } from './claim-effect-complete.ts';
import { readThenSet } from './read-then-set.ts';
import { sequenceFence } from './sequence-fence.ts';

export const allRejected: readonly RejectedAlgorithm[] = [
  readThenSet,
  cachedBalance,
  addThenEvent,
  claimEffectComplete,
  addRollUps,
  sequenceFence,
];

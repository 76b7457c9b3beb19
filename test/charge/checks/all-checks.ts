// Every check, in the order in which they are told.
import type { Check } from '../run.ts';
import { answeredHasOneEvent } from './answered-has-one-event.ts';
import { balanceIsEvents } from './balance-is-events.ts';
import { chargedRepeatsAreFree } from './charged-repeats-are-free.ts';
import { eventsNeverChange } from './events-never-change.ts';
import { grantsAddedOnce } from './grants-added-once.ts';
import { keyChargedOnce } from './key-charged-once.ts';
import { legsSumToZero } from './legs-sum-to-zero.ts';
import { neverBelowZero } from './never-below-zero.ts';
import { noIdAnsweredTwice } from './no-id-answered-twice.ts';
import { nothingBroke } from './nothing-broke.ts';
import { recordedWholly } from './recorded-wholly.ts';
import { refusedIsNotRecorded } from './refused-is-not-recorded.ts';
import { refusedOnlyWithoutFunds } from './refused-only-without-funds.ts';
import { somethingHappened } from './something-happened.ts';
import { sumsAreEvents } from './sums-are-events.ts';

export const allChecks: readonly Check[] = [
  answeredHasOneEvent,
  noIdAnsweredTwice,
  keyChargedOnce,
  chargedRepeatsAreFree,
  recordedWholly,
  balanceIsEvents,
  legsSumToZero,
  neverBelowZero,
  refusedIsNotRecorded,
  refusedOnlyWithoutFunds,
  grantsAddedOnce,
  eventsNeverChange,
  sumsAreEvents,
  nothingBroke,
  somethingHappened,
];

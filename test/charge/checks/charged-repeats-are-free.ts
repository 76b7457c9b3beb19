// Never charged without an answer that can be had: a call that was recorded, and whose answer was lost, is answered by
// its repeat, free. One whose repeats are used up counts as answered: the five were begun.
import { MAX_REPLAYS } from '../../../lambdas/billing/domain/replay.ts';
import { answeredOf, type Check } from '../run.ts';

export const chargedRepeatsAreFree: Check = {
  name: 'charged-repeats-are-free',
  find: ({ journal, truth }) => {
    const answered = new Set(answeredOf(journal).map(({ came }) => came.record.inferenceId));
    const lost = truth.keys.filter(({ inferenceId, replays }) => !answered.has(inferenceId) && replays < MAX_REPLAYS);
    const open = journal.attempts.filter(
      ({ settling, came }) => settling && (came.as === 'unknown' || came.as === 'broken'),
    );
    if (lost.length === 0 && open.length === 0) return undefined;
    return `${lost.length} calls were charged and never answered, ${open.length} repeats over a good network failed`;
  },
};

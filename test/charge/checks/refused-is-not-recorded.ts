// Whoever is told that a call was refused is not charged for it: not before, not by a try that arrives later, and not
// under the new id that a call gets whose minute was over.
import type { Check } from '../run.ts';

export const refusedIsNotRecorded: Check = {
  name: 'refused-is-not-recorded',
  find: ({ journal, truth }) => {
    const recorded = new Set(truth.events.map(({ userId }) => userId));
    const refused = journal.attempts.filter(({ came }) => came.as === 'refused');
    const wrong = refused.filter(({ userId }) => recorded.has(userId));
    return wrong.length === 0
      ? undefined
      : `${wrong.length} of ${refused.length} refused calls were charged all the same`;
  },
};

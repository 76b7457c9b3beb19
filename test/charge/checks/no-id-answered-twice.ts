// No two calls are answered with one id, but for the repeats of a key; no id has two events, and no attempt has two,
// under an old id and a new one.
import { answeredOf, type Check, groupBy } from '../run.ts';

export const noIdAnsweredTwice: Check = {
  name: 'no-id-answered-twice',
  find: ({ journal, truth }) => {
    const first = answeredOf(journal).filter(({ came }) => !came.record.replayed);
    const answeredTwice = [...groupBy(first, ({ came }) => came.record.inferenceId).values()].filter(
      (group) => group.length > 1,
    );
    const recordedTwice = [...groupBy(truth.events, ({ inferenceId }) => inferenceId).values()].filter(
      (group) => group.length > 1,
    );
    const chargedTwice = [...groupBy(truth.events, ({ userId }) => userId).values()].filter(
      (group) => group.length > 1,
    );
    const count = answeredTwice.length + recordedTwice.length + chargedTwice.length;
    return count === 0
      ? undefined
      : `${answeredTwice.length} ids were answered twice, ${recordedTwice.length} recorded twice, ${chargedTwice.length} attempts charged twice`;
  },
};

// A key is charged at most once, all that is answered under it is that one call, and another body gets no answer.
import { answeredOf, type Check, groupBy } from '../run.ts';

export const keyChargedOnce: Check = {
  name: 'key-charged-once',
  find: ({ journal, truth }) => {
    const eventsOf = groupBy(truth.events, ({ userId }) => userId);
    const keyed = journal.attempts.filter(({ call }) => call.key !== undefined);
    const groups = [...groupBy(keyed, ({ accountId, call }) => `${accountId} ${call.key}`).values()];
    // Those that have an event were charged, answered or not, under whichever id.
    const chargedTwice = groups.filter(
      (attempts) => attempts.flatMap(({ userId }) => eventsOf.get(userId) ?? []).length > 1,
    );
    const answeredTwice = groups.filter((attempts) => {
      const answers = answeredOf({ attempts });
      const ids = new Set(answers.map(({ came }) => came.record.inferenceId));
      const bodies = new Set(answers.map(({ call }) => call.requestSha256));
      return ids.size > 1 || bodies.size > 1 || answers.filter(({ came }) => !came.record.replayed).length > 1;
    });
    if (chargedTwice.length + answeredTwice.length === 0) return undefined;
    return `of ${groups.length} keys ${chargedTwice.length} were charged more than once, ${answeredTwice.length} were answered as several calls`;
  },
};

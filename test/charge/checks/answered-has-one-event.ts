// Never delivered uncharged: each answer that left stands on exactly one event, of that account, model and price.
import { answeredOf, type Check, groupBy } from '../run.ts';

export const answeredHasOneEvent: Check = {
  name: 'answered-has-one-event',
  find: ({ journal, truth }) => {
    const byId = groupBy(truth.events, ({ inferenceId }) => inferenceId);
    const answers = answeredOf(journal);
    const wrong = answers.filter(({ accountId, call, came: { record } }) => {
      const [event, ...more] = byId.get(record.inferenceId) ?? [];
      return !(
        event &&
        more.length === 0 &&
        event.accountId === accountId &&
        event.model === call.model.name &&
        event.rowCount === call.rowCount &&
        event.amountMicros === record.amountMicros
      );
    });
    return wrong.length === 0
      ? undefined
      : `${wrong.length} of ${answers.length} answers have no event, or several, or another's`;
  },
};

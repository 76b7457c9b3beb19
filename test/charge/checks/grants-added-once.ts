// Money that is added while calls go on is added once per key, and what was acknowledged is there.
import { type Check, groupBy } from '../run.ts';

export const grantsAddedOnce: Check = {
  name: 'grants-added-once',
  find: ({ journal, truth }) => {
    const byReason = groupBy(truth.entries, ({ reason }) => reason);
    const wrong = journal.grants.filter(({ grant, accountId, entryId }) => {
      const entries = byReason.get(grant.key) ?? [];
      if (entryId === undefined) return entries.length > 1;
      const [entry] = entries;
      return !(entries.length === 1 && entry?.sk === entryId && entry.accountId === accountId);
    });
    return wrong.length === 0
      ? undefined
      : `${wrong.length} of ${journal.grants.length} grants were added twice or lost`;
  },
};

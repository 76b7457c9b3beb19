// Double entry: what one side pays the others get, in every event and every entry; an owner pays no publisher.
import { type Check, sumOf } from '../run.ts';

export const legsSumToZero: Check = {
  name: 'legs-sum-to-zero',
  find: ({ truth }) => {
    const wrongEvents = truth.events.filter(
      ({ legs, amountMicros, accountId, ownerAccountId }) =>
        sumOf(Object.values(legs).map((leg = 0n) => leg)) !== 0n ||
        legs.consumer !== -amountMicros ||
        legs.publisher < 0n ||
        legs.platform < 0n ||
        (legs.compute ?? 0n) < 0n ||
        (accountId === ownerAccountId && legs.publisher !== 0n),
    );
    const wrongEntries = truth.entries.filter(
      ({ legs, amountMicros }) => legs.account + legs.grants !== 0n || legs.account !== amountMicros,
    );
    const count = wrongEvents.length + wrongEntries.length;
    return count === 0 ? undefined : `${count} of ${truth.events.length + truth.entries.length} do not sum to zero`;
  },
};

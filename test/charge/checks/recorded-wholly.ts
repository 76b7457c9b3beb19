// Whatever became of a call, it is recorded wholly or not at all: event, debit and key stand and fall together.
import { type Check, fallsOf, groupBy } from '../run.ts';

const countEach = (amounts: readonly bigint[]): Map<string, number> =>
  new Map([...groupBy(amounts, String)].map(([amount, group]) => [amount, group.length]));

export const recordedWholly: Check = {
  name: 'recorded-wholly',
  find: ({ truth }) => {
    const events = new Map(truth.events.map((event) => [event.inferenceId, event]));
    const keysAlone = truth.keys.filter(({ inferenceId, amountMicros, requestSha256, accountId }) => {
      const event = events.get(inferenceId);
      return !(
        event?.amountMicros === amountMicros &&
        event.requestSha256 === requestSha256 &&
        event.accountId === accountId
      );
    });
    const keys = new Set(truth.keys.map(({ inferenceId }) => inferenceId));
    const eventsAlone = truth.events.filter(
      ({ inferenceId, requestSha256 }) => requestSha256 !== undefined && !keys.has(inferenceId),
    );
    let unmatched = 0;
    const accounts = new Set([...truth.balances.keys(), ...truth.events.map(({ accountId }) => accountId)]);
    for (const accountId of accounts) {
      const prices = truth.events.filter((event) => event.accountId === accountId).map((event) => event.amountMicros);
      const charged = countEach(prices.filter((price) => price > 0n));
      const debits = countEach(fallsOf(truth.balances.get(accountId) ?? []));
      for (const amount of new Set([...charged.keys(), ...debits.keys()])) {
        unmatched += Math.abs((charged.get(amount) ?? 0) - (debits.get(amount) ?? 0));
      }
    }
    if (unmatched + keysAlone.length + eventsAlone.length === 0) return undefined;
    return `${unmatched} debits and events without each other, ${keysAlone.length} keys without their event, ${eventsAlone.length} events without their key`;
  },
};

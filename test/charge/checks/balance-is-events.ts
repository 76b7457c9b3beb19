// Each balance is what was granted less what its events say, and it fell by as much in as many steps.
import { type Check, fallsOf, percent, sumOf } from '../run.ts';

export const balanceIsEvents: Check = {
  name: 'balance-is-events',
  find: ({ truth }) => {
    let wrongCount = 0;
    let overcharged = 0n;
    let lost = 0n;
    let charged = 0n;
    for (const [accountId, balances] of truth.balances) {
      const paid = truth.events.filter((event) => event.accountId === accountId && event.amountMicros > 0n);
      const granted = sumOf(truth.entries.filter((one) => one.accountId === accountId).map((one) => one.amountMicros));
      const events = sumOf(paid.map(({ amountMicros }) => amountMicros));
      const steps = fallsOf(balances);
      const fallen = granted - (balances.at(-1) ?? 0n);
      if (fallen !== events || sumOf(steps) !== events || steps.length !== paid.length) wrongCount++;
      if (fallen > events) overcharged += fallen - events;
      else lost += events - fallen;
      charged += events;
    }
    if (wrongCount === 0) return undefined;
    const share = (micros: bigint) => percent(Number(micros), Number(charged));
    return `${wrongCount} balances are wrong: of ${charged} micros in events ${share(lost)} were never taken, ${share(overcharged)} too much`;
  },
};

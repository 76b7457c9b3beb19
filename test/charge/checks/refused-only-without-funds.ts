// 402 only when the money was not there: while the call was under way, some balance of the account was too low for it.
import type { Attempt } from '../journal.ts';
import { type Check, lowestOf } from '../run.ts';
import type { Truth } from '../truth.ts';

/** A wallet is first made when money comes: before, there is none to spend. */
const NOTHING = [0, 0n] as const;

/** The balances that the account had from the attempt's begin to its end, that of its begin included. */
const balancesMeanwhile = ({ balances, revisions }: Truth, { accountId, revisions: { from, to } }: Attempt) => {
  const counts = revisions.get(accountId) ?? [];
  const states = [
    NOTHING,
    ...(balances.get(accountId) ?? []).map((avail, index) => [counts[index] ?? 0, avail] as const),
  ];
  return states.flatMap(([revision, avail]) => (from <= revision && revision <= to ? [avail] : []));
};

export const refusedOnlyWithoutFunds: Check = {
  name: 'refused-only-without-funds',
  find: ({ journal, truth }) => {
    const refused = journal.attempts.flatMap((attempt) =>
      attempt.came.as === 'refused' && attempt.came.code === 'insufficient_funds'
        ? [{ attempt, message: attempt.came.message }]
        : [],
    );
    const wrong = refused.filter(({ attempt, message }) => {
      const price = BigInt(/costs (\d+) micros/.exec(message)?.[1] ?? 0);
      return lowestOf(balancesMeanwhile(truth, attempt)) >= price;
    });
    return wrong.length === 0 ? undefined : `${wrong.length} of ${refused.length} refusals though the money was there`;
  },
};

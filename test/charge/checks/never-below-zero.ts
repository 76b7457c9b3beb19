// No wallet was ever below zero: every state that it had, not samples of them.
import { type Check, lowestOf } from '../run.ts';

export const neverBelowZero: Check = {
  name: 'never-below-zero',
  find: ({ truth }) => {
    const states = [...truth.balances.values()].flat();
    const below = states.filter((avail) => avail < 0n);
    if (below.length === 0) return undefined;
    return `${below.length} of ${states.length} balances were below zero, the lowest ${lowestOf(below)} micros`;
  },
};

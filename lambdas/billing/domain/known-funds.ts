// Which accounts surely have the funds of a call, by what was read of them seconds ago: the charge itself is refused where
// they have not, so that a read with every call only spares those that would be refused their run.
//
//   read 1,000,000 ──► calls of 230 pass without a read, each taken off ──► 5 s later, or below a hundred calls: read again

/** How long what was read counts. */
const KEEP_MS = 5_000;
/** Others spend from the same wallet: with less than for so many calls more, it is looked at with every call. */
const MARGIN_CALLS = 100n;
const MAX_ACCOUNTS = 10_000;

interface Known {
  readonly untilMs: number;
  availMicros: bigint;
}

export interface KnownFunds {
  /** Whether a call of that price needs no read; it is then taken off. */
  cover(accountId: string, amountMicros: bigint, nowMs: number): boolean;
  /** What was read just now. */
  learn(accountId: string, availMicros: bigint, nowMs: number): void;
}

export const createKnownFunds = (): KnownFunds => {
  const accounts = new Map<string, Known>();
  return {
    cover: (accountId, amountMicros, nowMs) => {
      const known = accounts.get(accountId);
      if (!known || known.untilMs <= nowMs || known.availMicros < amountMicros * MARGIN_CALLS) return false;
      known.availMicros -= amountMicros;
      return true;
    },
    learn: (accountId, availMicros, nowMs) => {
      if (accounts.size >= MAX_ACCOUNTS) accounts.clear();
      accounts.set(accountId, { availMicros, untilMs: nowMs + KEEP_MS });
    },
  };
};

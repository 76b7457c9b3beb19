// Repeats one and the same try of a charge until its outcome is known, within bounds.
import { DomainError } from '../../shared/kernel/errors.ts';
import type { ChargeOutcome } from '../ports.ts';

export const MAX_TRIES = 8;
export const MAX_RETRY_MS = 1_500;
const FIRST_PAUSE_MS = 15;
const LONGEST_PAUSE_MS = 400;

export interface Pace {
  readonly clock: () => number;
  /** 0 up to, not including, 1. */
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

export type KnownOutcome = Exclude<ChargeOutcome, { is: 'try_again' }>;

/** @throws DomainError unavailable, with Retry-After, when tries or time run out */
export const retryCharge = async (attempt: () => Promise<ChargeOutcome>, pace: Pace): Promise<KnownOutcome> => {
  const startedAtMs = pace.clock();
  for (let tryCount = 1; ; tryCount++) {
    const outcome = await attempt();
    if (outcome.is !== 'try_again') return outcome;
    // Full jitter: those that collided once must not collide again.
    const pauseMs = pace.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tryCount);
    if (tryCount === MAX_TRIES || pace.clock() - startedAtMs + pauseMs > MAX_RETRY_MS) {
      // A try whose answer was lost may have committed.
      throw new DomainError(
        'unavailable',
        'unavailable',
        `it is not known whether the charge was recorded (${outcome.cause}): repeat the call with the same Idempotency-Key, or look at the usage`,
        { headers: { 'retry-after': '1' } },
      );
    }
    await pace.sleep(pauseMs);
  }
};

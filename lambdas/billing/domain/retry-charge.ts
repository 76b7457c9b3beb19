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

/**
 * @param startedAtMs - when the charge began: its time for tries is the same, however many minutes it goes through
 * @throws DomainError unavailable, with Retry-After, when tries or time run out, or the refusal is not certain
 */
export const retryCharge = async (
  attempt: () => Promise<ChargeOutcome>,
  pace: Pace,
  startedAtMs: number = pace.clock(),
): Promise<KnownOutcome> => {
  /** Why an earlier try may have been done, or may still be. */
  let unsure: string | undefined;
  for (let tryCount = 1; ; tryCount++) {
    const outcome = await attempt();
    // A lost try may still be on its way: if money or quota comes before it does, it is charged. That is not to be told as
    // 402, nor charged again at another price.
    const refused = outcome.is === 'no_funds' || outcome.is === 'quota_used';
    if (refused && unsure !== undefined) throw notKnown(unsure);
    if (outcome.is !== 'try_again') return outcome;
    if (outcome.mayBeDone) unsure = outcome.cause;
    // Full jitter: those that collided once must not collide again.
    const pauseMs = pace.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tryCount);
    if (tryCount === MAX_TRIES || pace.clock() - startedAtMs + pauseMs > MAX_RETRY_MS) {
      throw unsure === undefined ? notDone(outcome.cause) : notKnown(unsure);
    }
    await pace.sleep(pauseMs);
  }
};

const comeAgain = (message: string) =>
  new DomainError('unavailable', 'unavailable', message, { headers: { 'retry-after': '1' } });

const notKnown = (cause: string) =>
  comeAgain(
    `it is not known whether the charge was recorded (${cause}): repeat the call with the same Idempotency-Key, or look at the usage`,
  );

const notDone = (cause: string) =>
  comeAgain(`the charge could not be recorded (${cause}), so nothing was charged: repeat the call`);

// Read, decide, write if nothing changed meanwhile; else all again.
import { DomainError } from '../../shared/kernel/errors.ts';

const MAX_TRIES = 10;

/** @param attempt - one round; undefined when another write came in between. @throws DomainError unavailable */
export const retryChanged = async <T>(attempt: () => Promise<T | undefined>): Promise<T> => {
  for (let round = 0; round < MAX_TRIES; round++) {
    const result = await attempt();
    if (result !== undefined) return result;
  }
  throw new DomainError('unavailable', 'unavailable', 'others are changing the same model; nothing was changed', {
    headers: { 'retry-after': '1' },
  });
};

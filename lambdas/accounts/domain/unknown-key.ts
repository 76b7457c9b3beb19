// The refusal of an API key that does not count: one message for all that a stranger may not tell apart.
import { DomainError } from '../../shared/kernel/errors.ts';

export const unknownKey = () =>
  new DomainError('unauthenticated', 'invalid_key', 'the API key is malformed, unknown, revoked or no longer in force');

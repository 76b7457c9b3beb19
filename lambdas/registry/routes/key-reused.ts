// What a second request under one idempotency key is told.
import { DomainError } from '../../shared/kernel/errors.ts';

export const keyReused = () =>
  new DomainError(
    'invalid',
    'idempotency_key_reused',
    "'idempotency-key' must be a new one: another request was made with it",
  );

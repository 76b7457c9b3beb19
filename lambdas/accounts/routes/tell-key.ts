// An API key as the API tells it: everything but the secret.
import { toTimestamp } from '../../shared/kernel/clock.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import type { ApiKey } from '../ports.ts';

const orNull = (ms: number | undefined) => (ms === undefined ? null : toTimestamp(ms));

export const tellKey = (key: ApiKey) => ({
  id: key.keyId,
  name: key.name,
  scopes: key.scopes,
  models: key.models ?? null,
  cidrs: key.cidrs ?? null,
  expiresAt: orNull(key.keyExpiresAtMs),
  revokedAt: orNull(key.revokedAtMs),
  createdBy: key.userId,
  createdAt: toTimestamp(key.createdAtMs),
  updatedAt: toTimestamp(key.updatedAtMs),
});

/** For a missing key and another account's alike. */
export const noKey = (keyId: string) => new DomainError('not_found', 'key_not_found', `no API key '${keyId}'`);

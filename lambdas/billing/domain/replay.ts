// When a call under a known idempotency key may be repeated free.
import { DomainError } from '../../shared/kernel/errors.ts';
import { formatMicros } from '../../shared/kernel/money.ts';
import type { ChargeRecord } from '../contract.ts';
import type { IdempotencyRecord, KeyUse } from '../ports.ts';

export const MAX_REPLAYS = 5;
export const REPLAY_WINDOW_MS = 24 * 3_600_000;
/** How long a key is remembered, so that it cannot be charged twice by a late repeat. */
export const KEY_MEMORY_MS = 35 * 24 * 3_600_000;

/** The record that a repeat repeats. @throws DomainError idempotency_key_reused when the key stands for another request */
export const sameRequest = (use: KeyUse, claim: { key: string; requestSha256: string }): IdempotencyRecord => {
  if (use.call && use.requestSha256 === claim.requestSha256) return use.call;
  throw new DomainError(
    'invalid',
    'idempotency_key_reused',
    `'idempotency-key' ${claim.key} was used for another request`,
  );
};

export const replaysUsedUp = (record: IdempotencyRecord): DomainError =>
  new DomainError(
    'conflict',
    'idempotent_replays_used_up',
    `the answer under 'idempotency-key' ${record.key} can be repeated ${MAX_REPLAYS} times within 24 hours; ` +
      `as a new call it costs about ${formatMicros(record.amountMicros)} micros`,
  );

export const inReplayWindow = (record: IdempotencyRecord, nowMs: number): boolean =>
  record.replays < MAX_REPLAYS && nowMs - record.firstAtMs < REPLAY_WINDOW_MS;

export const replayed = (record: IdempotencyRecord): ChargeRecord => ({
  inferenceId: record.inferenceId,
  model: record.model,
  version: record.version,
  amountMicros: record.amountMicros,
  replayed: true,
});

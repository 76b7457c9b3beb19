// Builds charge requests and ids for tests.

import { ulid } from 'ulidx';
import type { ChargeRequest } from '../../../lambdas/billing/contract.ts';

/** An id of exactly that time, earlier than the one before or not. */
export const inferenceIdAt = (ms: number): string => `inf_${ulid(ms)}`;

export const CONSUMER = 'acc_01JDA8Z5V4W1T4E5R6T7Y8V9P0';
export const PUBLISHER = 'acc_01JDA8Z5V4W1T4E5R6T7Y8V9P1';

/** 230 micros: 200 a call and 10 for each of three rows. */
export const chargeRequest = (nowMs: number, changes: Partial<ChargeRequest> = {}): ChargeRequest => ({
  inferenceId: inferenceIdAt(nowMs),
  accountId: CONSUMER,
  keyId: undefined,
  userId: 'usr_01JDA8Z5V4W1T4E5R6T7Y8V9P2',
  model: 'acme.iris',
  version: '1.0.0',
  ownerAccountId: PUBLISHER,
  price: { perCallMicros: '200', perRowMicros: '10', version: 1 },
  rowCount: 3,
  lane: 'run-2gib',
  compute: { memoryMiB: 2048, ms: 5 },
  idempotency: undefined,
  ...changes,
});

export const free = { perCallMicros: '0', perRowMicros: '0', version: 1 } as const;

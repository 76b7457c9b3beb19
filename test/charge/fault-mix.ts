// How often what goes wrong: far more often than it ever does, so that a few hundred calls meet every pair of faults.
import type { FaultRates } from '../support/faults.ts';

const read: FaultRates = {
  'drop-request': 0.02,
  'drop-answer': 0.02,
  'reset-answer': 0.01,
  'error-before': 0.02,
  throttle: 0.01,
  delay: 0.03,
};

const write: FaultRates = {
  'drop-request': 0.03,
  'drop-answer': 0.03,
  'reset-answer': 0.02,
  'error-before': 0.02,
  'error-after': 0.03,
  throttle: 0.01,
  'throttle-action': 0.01,
  conflict: 0.03,
  duplicate: 0.03,
  delay: 0.03,
};

/** By operation; the transaction that charges meets the most. */
export const faultMix: Readonly<Record<string, FaultRates>> = {
  TransactWriteItems: {
    'drop-request': 0.03,
    'drop-answer': 0.05,
    'reset-answer': 0.03,
    'error-before': 0.03,
    'error-after': 0.05,
    throttle: 0.02,
    'throttle-action': 0.02,
    conflict: 0.06,
    'in-progress': 0.02,
    duplicate: 0.04,
    delay: 0.05,
    late: 0.03,
  },
  // No transaction writes an item that a single put writes.
  PutItem: { ...write, conflict: 0, late: 0.01 },
  UpdateItem: write,
  DeleteItem: write,
  BatchWriteItem: { ...write, conflict: 0, unprocessed: 0.4 },
  GetItem: read,
  Query: read,
};

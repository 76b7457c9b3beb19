// One billable act, recorded once and never changed: what was called, what it cost and where the money went.
import type { ChargeRequest, ModelPrice } from '../contract.ts';
import { type Legs, legsOf } from './price.ts';

export interface UsageEvent {
  readonly inferenceId: string;
  readonly accountId: string;
  readonly keyId: string | undefined;
  readonly userId: string;
  readonly model: string;
  readonly version: string;
  readonly ownerAccountId: string;
  readonly rowCount: number;
  /** What the consumer pays: the negative of `legs.consumer`. */
  readonly amountMicros: bigint;
  readonly price: ModelPrice;
  readonly publisherShareBps: number;
  readonly legs: Legs;
  readonly lane: string;
  readonly requestSha256: string | undefined;
  /** When it was charged, epoch milliseconds. */
  readonly atMs: number;
}

/** @param inferenceId - of the event: the request's own unless its minute is over */
export const usageEvent = (
  request: ChargeRequest,
  { inferenceId, publisherShareBps, atMs }: { inferenceId: string; publisherShareBps: number; atMs: number },
): UsageEvent => {
  const legs = legsOf(request, publisherShareBps);
  return {
    inferenceId,
    accountId: request.accountId,
    keyId: request.keyId,
    userId: request.userId,
    model: request.model,
    version: request.version,
    ownerAccountId: request.ownerAccountId,
    rowCount: request.rowCount,
    amountMicros: -legs.consumer,
    price: request.price,
    publisherShareBps,
    legs,
    lane: request.lane,
    requestSha256: request.idempotency?.requestSha256,
    atMs,
  };
};

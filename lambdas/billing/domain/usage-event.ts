// One billable act, recorded once and never changed: what was called, what it cost and where the money went.
import type { CallEntitlement, ChargeRequest, ModelPrice } from '../contract.ts';
import { type Legs, legsOf, type RatedCompute } from './price.ts';
import { type PriceTerms, rateCompute } from './price-book.ts';
import { quotaName } from './quota-name.ts';

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
  /** The subscription that it was made on. */
  readonly entitlement?: CallEntitlement | undefined;
  /** Of one of the calls that a period includes: the counter that it was counted in, `sub_…#<the period's start>`. */
  readonly countedIn?: string | undefined;
  /** Of the operator's book; undefined while it has none. */
  readonly priceBookVersion?: number | undefined;
  readonly publisherShareBps: number;
  /** The run and its rate, where the operator has set a compute fee. */
  readonly compute?: RatedCompute | undefined;
  /** `timed_out`: it was not answered, and paid the compute fee alone. */
  readonly outcome?: 'timed_out' | undefined;
  readonly legs: Legs;
  readonly lane: string;
  readonly requestSha256: string | undefined;
  /** When it was charged, epoch milliseconds. */
  readonly atMs: number;
}

/** What is charged: an answered call, or one whose run took too long. */
export type ChargedCall = ChargeRequest & Pick<UsageEvent, 'outcome'>;

/** @param inferenceId - of the event: the request's own unless its minute is over */
export const usageEvent = (
  request: ChargedCall,
  { inferenceId, terms, atMs }: { inferenceId: string; terms: PriceTerms; atMs: number },
): UsageEvent => {
  const compute = rateCompute(terms, request.compute);
  const legs = legsOf({ ...request, compute }, terms.publisherShareBps);
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
    entitlement: request.entitlement,
    countedIn: request.quota && quotaName(request.quota),
    priceBookVersion: terms.version === 0 ? undefined : terms.version,
    publisherShareBps: terms.publisherShareBps,
    compute,
    outcome: request.outcome,
    legs,
    lane: request.lane,
    requestSha256: request.idempotency?.requestSha256,
    atMs,
  };
};

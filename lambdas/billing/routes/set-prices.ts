// PUT /v1/admin/prices — the next version of the price book, once per idempotency key.
import { DomainError } from '../../shared/kernel/errors.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { billingRoutes } from '../contract.ts';
import type { PriceBookVersion } from '../domain/price-book.ts';
import type { PriceBookStore } from '../ports.ts';
import { pricesEtag, tellPrices } from './tell-prices.ts';

/** Another operator's change comes between so often at most. */
const MAX_TRIES = 5;

export const setPrices =
  (prices: Pick<PriceBookStore, 'current' | 'findSet' | 'set'>): UseCase<typeof billingRoutes.setPrices> =>
  async ({ body, caller, headers, idempotency, nowMs }) => {
    const claim = idempotency && { by: caller.accountId, ...idempotency };
    const answer = (book: PriceBookVersion) => ({
      status: 200 as const,
      body: tellPrices(book),
      headers: { etag: pricesEtag(book) },
    });
    for (let tryCount = 0; tryCount < MAX_TRIES; tryCount++) {
      const known = claim && (await prices.findSet(claim, nowMs));
      if (known) return answer(known);
      const current = await prices.current();
      if (!holds(headers['if-match'], pricesEtag(current))) throw changedMeanwhile();
      const next = {
        version: current.version + 1,
        publisherShareBps: Math.round(body.publisherShare * 10_000),
        perGbSecondMicros: body.computeFee.perGbSecondMicros,
        reason: body.reason,
        changedBy: caller.userId,
        changedAtMs: nowMs,
      };
      if (await prices.set(next, claim)) return answer(next);
    }
    throw new DomainError('unavailable', 'unavailable', 'others are changing the price book; nothing was changed', {
      headers: { 'retry-after': '1' },
    });
  };

const holds = (ifMatch: string | undefined, etag: string) =>
  ifMatch === undefined || ifMatch.trim() === '*' || ifMatch.split(',').some((tag) => tag.trim() === etag);

const changedMeanwhile = () =>
  new DomainError('precondition_failed', 'precondition_failed', "'if-match' must be the price book's present ETag");

// The price book on the wire: shares are fractions there, basis points in the books.
import { toTimestamp } from '../../shared/kernel/clock.ts';
import type { PriceBookVersion } from '../domain/price-book.ts';

/** Versions never change, so both times are one. */
export const tellPrices = (book: PriceBookVersion) => {
  const at = book.changedAtMs === undefined ? null : toTimestamp(book.changedAtMs);
  return {
    version: book.version,
    publisherShare: book.publisherShareBps / 10_000,
    computeFee: { perGbSecondMicros: book.perGbSecondMicros },
    reason: book.reason ?? null,
    changedBy: book.changedBy ?? null,
    createdAt: at,
    updatedAt: at,
  };
};

export const pricesEtag = ({ version }: PriceBookVersion): string => `"prices-${version}"`;

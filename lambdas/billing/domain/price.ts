// What a call costs and who gets it: gross price, rounded up once, split between publisher and platform.
import { type Micros, parseRate, roundUpToMicros, shareOf } from '../../shared/kernel/money.ts';
import type { ChargeRequest, ModelPrice } from '../contract.ts';

/**
 * The publisher's part of a call's gross price in basis points, where the operator's price book names none. The
 * platform keeps the rest, the fraction that rounding leaves included.
 */
export const DEFAULT_PUBLISHER_SHARE_BPS = 8_000;

/** Whose money moves, by a charge: a consumer's debit is negative, and the three sum to zero. */
export interface Legs {
  readonly consumer: Micros;
  readonly publisher: Micros;
  readonly platform: Micros;
}

/** perCall + perRow × rows, rounded up once. @param rowCount - whole, 0 or more */
export const grossOf = (price: Pick<ModelPrice, 'perCallMicros' | 'perRowMicros'>, rowCount: number): Micros => {
  if (!Number.isSafeInteger(rowCount) || rowCount < 0) {
    throw new RangeError(`'rowCount' must be a whole number of 0 or more, got ${rowCount}`);
  }
  return roundUpToMicros(parseRate(price.perCallMicros) + parseRate(price.perRowMicros) * BigInt(rowCount));
};

/**
 * The legs of one call. An owner that calls its own model would pay the publisher's share to itself: it pays the
 * platform's part alone.
 */
export const legsOf = (
  {
    accountId,
    ownerAccountId,
    price,
    rowCount,
  }: Pick<ChargeRequest, 'accountId' | 'ownerAccountId' | 'price' | 'rowCount'>,
  publisherShareBps: number,
): Legs => {
  const gross = grossOf(price, rowCount);
  const share = shareOf(gross, publisherShareBps);
  const platform = gross - share;
  const publisher = accountId === ownerAccountId ? 0n : share;
  return { consumer: -(publisher + platform), publisher, platform };
};

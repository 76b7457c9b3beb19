// What a call costs and who gets it: gross price and compute fee, rounded up once; the price is split between publisher
// and platform.
import { type Micros, parseRate, roundUpToMicros, type ScaledRate, shareOf } from '../../shared/kernel/money.ts';
import type { ChargeRequest, Compute, ModelPrice } from '../contract.ts';

/**
 * The publisher's part of a call's gross price in basis points, where the operator's price book names none. The
 * platform keeps the rest, the fraction that rounding leaves included.
 */
export const DEFAULT_PUBLISHER_SHARE_BPS = 8_000;

/** Operator's terms as an event was rated by them: see price-book.ts. */
export interface RatedCompute extends Compute {
  /** Decimal rate string of micros. */
  readonly perGbSecondMicros: string;
}

/** Whose money moves, by a charge: a consumer's debit is negative, and all sum to zero. */
export interface Legs {
  readonly consumer: Micros;
  readonly publisher: Micros;
  /** The platform's part of the model's price. */
  readonly platform: Micros;
  /** The compute fee, the platform's alone; absent where the operator had set none. */
  readonly compute?: Micros | undefined;
}

/** All that an amount is made of. */
export interface Rated extends Pick<ChargeRequest, 'accountId' | 'ownerAccountId' | 'price' | 'rowCount'> {
  readonly compute?: RatedCompute | undefined;
  /** `timed_out`: no answer, so no price; the compute fee alone. */
  readonly outcome?: 'timed_out' | undefined;
}

/** A GB·s as AWS counts it: 1024 MiB for 1000 ms. */
const MIB_MS_PER_GB_SECOND = 1_024_000n;

const assertCount = (name: string, count: number): void => {
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new RangeError(`'${name}' must be a whole number of 0 or more, got ${count}`);
  }
};

const exactPrice = (price: Pick<ModelPrice, 'perCallMicros' | 'perRowMicros'>, rowCount: number): ScaledRate => {
  assertCount('rowCount', rowCount);
  return parseRate(price.perCallMicros) + parseRate(price.perRowMicros) * BigInt(rowCount);
};

/** perCall + perRow × rows, rounded up once. @param rowCount - whole, 0 or more */
export const grossOf = (price: Pick<ModelPrice, 'perCallMicros' | 'perRowMicros'>, rowCount: number): Micros =>
  roundUpToMicros(exactPrice(price, rowCount));

/** An exact price and the compute fee, rounded up once, together. */
const totalOf = (exact: ScaledRate, { perGbSecondMicros, memoryMiB, ms }: RatedCompute): Micros => {
  assertCount('memoryMiB', memoryMiB);
  assertCount('ms', ms);
  const fee = parseRate(perGbSecondMicros) * BigInt(memoryMiB) * BigInt(ms);
  // Rounding up twice is rounding up once where the one denominator divides the other.
  return roundUpToMicros(exact + (fee + MIB_MS_PER_GB_SECOND - 1n) / MIB_MS_PER_GB_SECOND);
};

/** The compute fee alone, rounded up. */
export const feeOf = (compute: RatedCompute | undefined): Micros => (compute ? totalOf(0n, compute) : 0n);

/**
 * The legs of one call. The publisher's share is of the price alone, rounded up by itself; the compute leg is what the
 * whole is more than that. An owner that calls its own model would pay the publisher's share to itself: it pays the
 * platform's part and the fee.
 */
export const legsOf = (rated: Rated, publisherShareBps: number): Legs => {
  const { accountId, ownerAccountId, compute: run } = rated;
  const exact = rated.outcome === 'timed_out' ? 0n : exactPrice(rated.price, rated.rowCount);
  const gross = roundUpToMicros(exact);
  const share = shareOf(gross, publisherShareBps);
  const platform = gross - share;
  const publisher = accountId === ownerAccountId ? 0n : share;
  if (!run) return { consumer: -(publisher + platform), publisher, platform };
  const compute = totalOf(exact, run) - gross;
  return { consumer: -(publisher + platform + compute), publisher, platform, compute };
};

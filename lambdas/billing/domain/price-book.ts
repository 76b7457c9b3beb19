// The operator's price book: what is taken of and beside the models' own prices. Each change gets the next version.
import { DEFAULT_PUBLISHER_SHARE_BPS, type RatedCompute } from './price.ts';

/** What a charge takes from the book. */
export interface PriceTerms {
  /** 0: nobody has set any, the defaults hold. */
  readonly version: number;
  /** The publisher's part of a price, in basis points. */
  readonly publisherShareBps: number;
  /** Decimal rate string of micros per GB·s of every run; `0` is none. */
  readonly perGbSecondMicros: string;
}

/** A version of the book, with who made it and why; undefined members where nobody has. */
export interface PriceBookVersion extends PriceTerms {
  readonly reason: string | undefined;
  readonly changedBy: string | undefined;
  readonly changedAtMs: number | undefined;
}

export const DEFAULT_TERMS: PriceTerms = {
  version: 0,
  publisherShareBps: DEFAULT_PUBLISHER_SHARE_BPS,
  perGbSecondMicros: '0',
};

/** A run as it is rated by these terms; undefined where they name no fee. */
export const rateCompute = (
  { perGbSecondMicros }: PriceTerms,
  compute: Omit<RatedCompute, 'perGbSecondMicros'>,
): RatedCompute | undefined => (/^0(\.0+)?$/.test(perGbSecondMicros) ? undefined : { ...compute, perGbSecondMicros });

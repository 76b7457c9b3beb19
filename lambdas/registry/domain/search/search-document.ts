// What search knows of a model. Words carry a weight that depends on the model alone, never on other models: so a score
// is the same in every state of the index, a cursor that holds one stays right, and parts can be put together in any order.
import { wordsOf } from './words.ts';

export interface SearchDocument {
  /** `publisher.model` */
  readonly name: string;
  readonly task: string;
  readonly license: string;
  readonly tags: readonly string[];
  readonly visibility: string;
  /** As `signature-query.ts` writes it; empty: none known. */
  readonly signature: string;
  /** Of a call of one row. */
  readonly priceMicros: number;
  /** As measured when it was published; undefined: not known. */
  readonly latencyMs: number | undefined;
  /** 0: nobody rated it. */
  readonly rating: number;
  readonly callCount: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** When it was read from the table. */
  readonly indexedAtMs: number;
  /** Weights 8 to 248. */
  readonly words: ReadonlyMap<string, number>;
}

export interface DescribedTexts {
  readonly name: string;
  readonly task: string;
  readonly tags: readonly string[];
  readonly summary: string;
  /** Description and card. */
  readonly text: string;
}

/** Most different words of one model; what stands first counts, so that no card fills the index. */
const WORD_LIMIT = 600;
/** Of a card no more is read than this. */
const TEXT_UNITS = 50_000;

/** BM25F: a field's weight, and the length that is usual for it (0: length does not count). */
const fields = [
  { weight: 12, usualWords: 0, of: ({ name }: DescribedTexts) => name },
  { weight: 6, usualWords: 0, of: ({ tags }: DescribedTexts) => tags.join(' ') },
  { weight: 4, usualWords: 0, of: ({ task }: DescribedTexts) => task },
  { weight: 4, usualWords: 10, of: ({ summary }: DescribedTexts) => summary },
  { weight: 1, usualWords: 120, of: ({ text }: DescribedTexts) => text.slice(0, TEXT_UNITS) },
];
const LENGTH_SHARE = 0.6;
/** A word whose fields add up to this is worth half of what one can be. */
const HALF_WEIGHT = 8;
/** Finer steps would take more bytes than they are worth. */
const WEIGHT_STEP = 8;
const MOST_STEPS = 31;

export const weighWords = (texts: DescribedTexts): ReadonlyMap<string, number> => {
  const sums = new Map<string, number>();
  for (const { weight, usualWords, of } of fields) {
    const words = wordsOf(of(texts));
    const length = usualWords === 0 ? 1 : 1 - LENGTH_SHARE + (LENGTH_SHARE * words.length) / usualWords;
    for (const word of words) {
      const sum = sums.get(word);
      if (sum === undefined && sums.size === WORD_LIMIT) continue;
      sums.set(word, (sum ?? 0) + weight / length);
    }
  }
  for (const [word, sum] of sums) {
    const steps = Math.round((MOST_STEPS * sum) / (sum + HALF_WEIGHT));
    sums.set(word, WEIGHT_STEP * Math.max(1, steps));
  }
  return sums;
};

/**
 * How far use and rating lift a score: 0 to 64 of 256, a quarter at most, so that they decide between like matches and
 * never over the words.
 */
export const liftOf = (callCount: number, rating: number): number =>
  Math.round(Math.min(40, 4 * Math.log2(1 + Math.max(0, callCount)))) +
  Math.round(Math.max(0, Math.min(24, (rating - 2) * 8)));

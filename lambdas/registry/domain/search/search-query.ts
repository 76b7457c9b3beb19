// What is asked of the index.
import type { TensorQuery } from './signature-query.ts';
import { isUnspaced, wordsOf } from './words.ts';

export const sortOrders = [
  'relevance',
  'name',
  '-name',
  'price',
  'latency',
  '-rating',
  'rating',
  '-usage',
  'usage',
  '-createdAt',
  'createdAt',
  '-updatedAt',
  'updatedAt',
] as const;
export type SortOrder = (typeof sortOrders)[number];

export const facetFields = ['task', 'license', 'tag', 'publisher'] as const;
export type FacetField = (typeof facetFields)[number];

export interface QueryWord {
  readonly word: string;
  /** Words that begin with it count, too. */
  readonly asPrefix: boolean;
  /** Where nothing has the word, words that resemble it count. */
  readonly tolerant: boolean;
}

export interface SearchFilters {
  /** One of them; of licences case does not count. */
  readonly task: readonly string[];
  readonly license: readonly string[];
  readonly publisher: readonly string[];
  readonly visibility: readonly string[];
  /** All of them. */
  readonly tag: readonly string[];
  /** All of them, each a tag or the task. */
  readonly label?: readonly string[] | undefined;
  readonly tensors: readonly TensorQuery[];
  readonly maxPriceMicros: number | undefined;
  readonly maxLatencyMs: number | undefined;
  readonly minRating: number | undefined;
}

export interface SearchQuery extends SearchFilters {
  /** All of them; undefined: no text is asked for. */
  readonly words: readonly QueryWord[] | undefined;
  readonly sort: SortOrder;
  readonly facets: readonly FacetField[];
  readonly limit: number;
  readonly after: SearchPlace | undefined;
}

/** Where a model stands in a sorted list: a key, ascending, then its name. */
export interface SearchPlace {
  readonly key: number;
  readonly name: string;
}

export interface FacetCount {
  readonly value: string;
  readonly count: number;
}

export interface SearchResult {
  /** In order, and one more than `limit` where there is one. */
  readonly hits: readonly SearchPlace[];
  readonly facets: Readonly<Partial<Record<FacetField, readonly FacetCount[]>>>;
}

/** Most values told of a facet. */
export const FACET_VALUE_LIMIT = 50;

/** From so many letters on a beginning is looked for; one letter begins too much. */
const PREFIX_LETTERS = 2;

/** Words in quotes are meant as they stand: neither beginnings nor resemblances. The last of the others may be a beginning. */
export const readWords = (text: string): readonly QueryWord[] => {
  const found: { word: string; quoted: boolean }[] = [];
  const parts = text.split('"');
  for (const [index, part] of parts.entries()) {
    // A quotation mark that nothing closes quotes nothing.
    const quoted = index % 2 === 1 && index < parts.length - 1;
    for (const word of wordsOf(part, true)) found.push({ word, quoted });
  }
  const last = found.length - 1;
  return found.map(({ word, quoted }, index) => ({
    word,
    asPrefix: !quoted && index === last && (isUnspaced(word) || word.length >= PREFIX_LETTERS),
    tolerant: !quoted && !isUnspaced(word),
  }));
};

/** Words as the Hub's clients ask for them: each may be the beginning of one, and none is mistyped. */
export const readBeginnings = (text: string): readonly QueryWord[] =>
  wordsOf(text, true).map((word) => ({
    word,
    asPrefix: isUnspaced(word) || word.length >= PREFIX_LETTERS,
    tolerant: false,
  }));

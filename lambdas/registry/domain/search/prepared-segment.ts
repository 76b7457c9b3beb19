// A segment with what is made of it when it is first asked for, and memory that queries use in turn.
import { type Bits, noBits } from './bits.ts';
import { indexPairs, type PairIndex } from './fuzzy-words.ts';
import { orderByKey } from './order-by-key.ts';
import { liftOf } from './search-document.ts';
import type { FacetField, SortOrder } from './search-query.ts';
import { docCount, docOf, type InvertedList, type NumberColumn, type Segment } from './segment.ts';
import { readSignature, type TensorSides } from './signature-query.ts';
import { textAt, textCount } from './text-table.ts';

/** Docs in the order of a column. */
export interface ColumnOrder {
  /** [docs], by doc; ascending is the order. */
  readonly keys: Float64Array;
  /** [docs], by rank. */
  readonly docs: Uint32Array;
}

/** The values of a list, by doc: values[starts[doc] … starts[doc+1]]. */
export interface ForwardList {
  readonly starts: Uint32Array;
  readonly values: Uint32Array;
}

export type NumberOrder = Exclude<SortOrder, 'relevance' | 'name' | '-name'>;

const columnOf: Readonly<Record<NumberOrder, { readonly column: NumberColumn; readonly sign: 1 | -1 }>> = {
  price: { column: 'priceMicros', sign: 1 },
  latency: { column: 'latencyMs', sign: 1 },
  '-rating': { column: 'rating', sign: -1 },
  rating: { column: 'rating', sign: 1 },
  '-usage': { column: 'callCount', sign: -1 },
  usage: { column: 'callCount', sign: 1 },
  '-createdAt': { column: 'createdAtMs', sign: -1 },
  createdAt: { column: 'createdAtMs', sign: 1 },
  '-updatedAt': { column: 'updatedAtMs', sign: -1 },
  updatedAt: { column: 'updatedAtMs', sign: 1 },
};

/** Memory of one query at a time; searching never waits, so two do not meet. */
export interface Scratch {
  /** [docs] each: those that match so far, and their scores. */
  readonly docs: Uint32Array;
  readonly scores: Int32Array;
  /** [docs], by doc: the best of the present word; zero between words. */
  readonly best: Uint16Array;
}

export interface PreparedSegment {
  readonly segment: Segment;
  readonly count: number;
  pairs(): PairIndex;
  order(sort: NumberOrder): ColumnOrder;
  keys(sort: NumberOrder): Float64Array;
  /** 256 to 320: what a doc's score is multiplied by. */
  lifts(): Uint16Array;
  forward(field: FacetField): ForwardList;
  /** Of each different signature, by its value's index. */
  signatures(): readonly TensorSides[];
  /** Licences in small letters, with the indexes of their values. */
  licenses(): ReadonlyMap<string, readonly number[]>;
  scratch(): Scratch;
  emptyBits(): Bits;
}

export const prepareSegment = (segment: Segment): PreparedSegment => {
  const count = docCount(segment);
  const keys = perKey((sort: NumberOrder) => {
    const { column, sign } = columnOf[sort];
    const values = segment.numbers[column];
    // Minus zero would be another key than zero where keys are told apart by their text.
    return sign === 1 ? values : values.map((value) => (value === 0 ? 0 : -value));
  });
  return {
    segment,
    count,
    pairs: once(() => indexPairs(segment.lists.words.values)),
    keys,
    order: perKey((sort: NumberOrder) => ({ keys: keys(sort), docs: orderByKey(keys(sort)) })),
    lifts: once(() => {
      const { callCount, rating } = segment.numbers;
      return Uint16Array.from(callCount, (calls, doc) => 256 + liftOf(calls, rating[doc] as number));
    }),
    forward: perKey((field: FacetField) => turnForward(segment.lists[field], count)),
    signatures: once(() => {
      const { values } = segment.lists.signature;
      return Array.from({ length: textCount(values) }, (_, index) => readSignature(textAt(values, index)));
    }),
    licenses: once(() => {
      const { values } = segment.lists.license;
      const indexes = Array.from({ length: textCount(values) }, (_, index) => index);
      return Map.groupBy(indexes, (index) => textAt(values, index).toLowerCase());
    }),
    scratch: once(() => ({
      docs: new Uint32Array(count),
      scores: new Int32Array(count),
      best: new Uint16Array(count),
    })),
    emptyBits: () => noBits(count),
  };
};

const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

const perKey = <K, T>(make: (key: K) => T): ((key: K) => T) => {
  const made = new Map<K, T>();
  return (key) => {
    const found = made.get(key);
    if (found !== undefined) return found;
    const value = make(key);
    made.set(key, value);
    return value;
  };
};

const turnForward = ({ starts, postings }: InvertedList, count: number): ForwardList => {
  const forward = new Uint32Array(count + 1);
  for (let at = 0; at < postings.length; at++) {
    const doc = docOf(postings[at] as number);
    forward[doc + 1] = (forward[doc + 1] as number) + 1;
  }
  for (let doc = 0; doc < count; doc++) forward[doc + 1] = (forward[doc + 1] as number) + (forward[doc] as number);
  const next = forward.slice();
  const values = new Uint32Array(postings.length);
  for (let value = 0; value + 1 < starts.length; value++) {
    for (let at = starts[value] as number; at < (starts[value + 1] as number); at++) {
      const doc = docOf(postings[at] as number);
      const place = next[doc] as number;
      values[place] = value;
      next[doc] = place + 1;
    }
  }
  return { starts: forward, values };
};

// The docs of a segment that have all of a query's words, and how well.
import { type Bits, hasBit } from './bits.ts';
import { eachFuzzyWord } from './fuzzy-words.ts';
import type { PreparedSegment, Scratch } from './prepared-segment.ts';
import type { QueryWord } from './search-query.ts';
import { docOf, type InvertedList, type Segment, weightOf } from './segment.ts';
import { indexOfText, lowerBound, prefixEnd } from './text-table.ts';

/** Words of the index that count for one of the query, and by how much: of a doc's, the best counts. */
export interface Expansion {
  readonly indexes: readonly number[];
  readonly factors: readonly number[];
}

/** The word itself; one that begins with it; one that resembles it; one whose beginning does. */
export const FACTORS = { exact: 8, prefix: 5, whole: 4, beginning: 3 } as const;

export const expandExactly = ({ lists }: Segment, { word, asPrefix }: QueryWord): Expansion => {
  const { values } = lists.words;
  if (!asPrefix) {
    const index = indexOfText(values, word);
    return index < 0 ? { indexes: [], factors: [] } : { indexes: [index], factors: [FACTORS.exact] };
  }
  const from = lowerBound(values, word);
  const end = prefixEnd(values, word, from);
  const indexes = Array.from({ length: end - from }, (_, at) => from + at);
  // The word itself, where it is one, comes first of those that begin with it.
  const isThere = end > from && indexOfText(values, word) === from;
  return { indexes, factors: indexes.map((index) => (isThere && index === from ? FACTORS.exact : FACTORS.prefix)) };
};

export const expandTolerantly = (prepared: PreparedSegment, { word, asPrefix }: QueryWord): Expansion => {
  const indexes: number[] = [];
  const factors: number[] = [];
  eachFuzzyWord(prepared.segment.lists.words.values, prepared.pairs(), { word, asPrefix }, (index, resemblance) => {
    indexes.push(index);
    factors.push(FACTORS[resemblance]);
  });
  return { indexes, factors };
};

export const isFound = ({ lists }: Segment, live: Bits, { indexes }: Expansion): boolean => {
  const { starts, postings } = lists.words;
  return indexes.some((index) => {
    const end = starts[index + 1] as number;
    for (let at = starts[index] as number; at < end; at++) {
      if (hasBit(live, docOf(postings[at] as number))) return true;
    }
    return false;
  });
};

/** The docs that match, and the sums of their words' worths. */
export interface Matches {
  /** [count …] each. */
  readonly docs: Uint32Array;
  readonly scores: Int32Array;
  readonly count: number;
}

/** Looking a doc up costs about as much as going over so many postings. */
const LOOK_UP_POSTINGS = 16;

/** @param words - at least one. @returns what holds until the segment is searched next */
export const matchWords = (prepared: PreparedSegment, bits: Bits, words: readonly Expansion[]): Matches => {
  const list = prepared.segment.lists.words;
  const sizeOf = ({ indexes }: Expansion) =>
    indexes.reduce((sum, index) => sum + (list.starts[index + 1] as number) - (list.starts[index] as number), 0);
  const sized = words.map((expansion) => ({ expansion, size: sizeOf(expansion) })).sort((a, b) => a.size - b.size);
  const scratch = prepared.scratch();
  let count = 0;
  for (const [step, { expansion, size }] of sized.entries()) {
    if (step === 0) {
      count =
        expansion.indexes.length === 1 ? takeOne(list, bits, expansion, scratch) : take(list, bits, expansion, scratch);
    } else if (count * expansion.indexes.length * LOOK_UP_POSTINGS < size) {
      count = keepLookedUp(list, expansion, scratch, count);
    } else {
      count = keep(list, expansion, scratch, count);
    }
    if (count === 0) break;
  }
  return { docs: scratch.docs, scores: scratch.scores, count };
};

const takeOne = (list: InvertedList, bits: Bits, { indexes, factors }: Expansion, scratch: Scratch): number => {
  const { starts, postings } = list;
  const { docs, scores } = scratch;
  const index = indexes[0] as number;
  const factor = factors[0] as number;
  const end = starts[index + 1] as number;
  let count = 0;
  for (let at = starts[index] as number; at < end; at++) {
    const posting = postings[at] as number;
    const doc = posting >>> 8;
    if (((bits[doc >>> 5] as number) & (1 << (doc & 31))) === 0) continue;
    docs[count] = doc;
    scores[count++] = (posting & 255) * factor;
  }
  return count;
};

const take = (list: InvertedList, bits: Bits, expansion: Expansion, scratch: Scratch): number => {
  const { starts, postings } = list;
  const { docs, scores, best } = scratch;
  spread(list, expansion, best);
  let count = 0;
  // The second time over them each doc is met with its best, told, and wiped.
  for (const index of expansion.indexes) {
    const end = starts[index + 1] as number;
    for (let at = starts[index] as number; at < end; at++) {
      const doc = (postings[at] as number) >>> 8;
      const worth = best[doc] as number;
      if (worth === 0) continue;
      best[doc] = 0;
      if (((bits[doc >>> 5] as number) & (1 << (doc & 31))) === 0) continue;
      docs[count] = doc;
      scores[count++] = worth;
    }
  }
  return count;
};

/** Of the docs so far, keeps those that have this word too. */
const keep = (list: InvertedList, expansion: Expansion, scratch: Scratch, countBefore: number): number => {
  const { docs, scores, best } = scratch;
  spread(list, expansion, best);
  let count = 0;
  for (let at = 0; at < countBefore; at++) {
    const doc = docs[at] as number;
    const worth = best[doc] as number;
    if (worth === 0) continue;
    docs[count] = doc;
    scores[count++] = (scores[at] as number) + worth;
  }
  wipe(list, expansion, best);
  return count;
};

/** The same, where few docs are left: looks each of them up among the word's postings. */
const keepLookedUp = (
  { starts, postings }: InvertedList,
  { indexes, factors }: Expansion,
  { docs, scores }: Scratch,
  countBefore: number,
): number => {
  let count = 0;
  for (let at = 0; at < countBefore; at++) {
    const doc = docs[at] as number;
    let worth = 0;
    for (let nth = 0; nth < indexes.length; nth++) {
      const index = indexes[nth] as number;
      const weight = weightIn(postings, starts[index] as number, starts[index + 1] as number, doc);
      worth = Math.max(worth, weight * (factors[nth] as number));
    }
    if (worth === 0) continue;
    docs[count] = doc;
    scores[count++] = (scores[at] as number) + worth;
  }
  return count;
};

/** @param best - [docs], zero before */
const spread = ({ starts, postings }: InvertedList, { indexes, factors }: Expansion, best: Uint16Array): void => {
  for (let nth = 0; nth < indexes.length; nth++) {
    const index = indexes[nth] as number;
    const factor = factors[nth] as number;
    const end = starts[index + 1] as number;
    for (let at = starts[index] as number; at < end; at++) {
      const posting = postings[at] as number;
      const worth = (posting & 255) * factor;
      if (worth > (best[posting >>> 8] as number)) best[posting >>> 8] = worth;
    }
  }
};

const wipe = ({ starts, postings }: InvertedList, { indexes }: Expansion, best: Uint16Array): void => {
  for (const index of indexes) {
    const end = starts[index + 1] as number;
    for (let at = starts[index] as number; at < end; at++) best[(postings[at] as number) >>> 8] = 0;
  }
};

/** @returns the doc's weight between two places of ascending postings; 0 where it has none */
const weightIn = (postings: Uint32Array, from: number, end: number, doc: number): number => {
  let low = from;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (docOf(postings[middle] as number) < doc) low = middle + 1;
    else high = middle;
  }
  if (low === end) return 0;
  const posting = postings[low] as number;
  return docOf(posting) === doc ? weightOf(posting) : 0;
};

// A page's worth of docs out of those that match, in the order that was asked for.
import { type Bits, countBits, eachBit, hasBit } from './bits.ts';
import type { Matches } from './match-words.ts';
import type { ColumnOrder, NumberOrder, PreparedSegment } from './prepared-segment.ts';
import type { SearchPlace, SortOrder } from './search-query.ts';
import { compareAt, lowerBound, textAt, textCount } from './text-table.ts';
import { type TopDocs, topDocs } from './top-docs.ts';

/** Where more than one doc in so many matches, walking along the order finds a page sooner than looking at all. */
const SPARSE = 32;

export interface Selection {
  readonly sort: SortOrder;
  readonly after: SearchPlace | undefined;
  /** Docs wanted, at most. */
  readonly count: number;
}

/** @param bits - what passes the filters. @param matches - where words are asked for: of those, what has them */
export const selectDocs = (
  prepared: PreparedSegment,
  bits: Bits,
  matches: Matches | undefined,
  selection: Selection,
): SearchPlace[] => {
  const { names } = prepared.segment;
  const { sort, after, count } = selection;
  const tell = (docs: readonly number[], keyOf: (doc: number) => number): SearchPlace[] =>
    docs.map((doc) => ({ key: keyOf(doc), name: textAt(names, doc) }));
  if (sort === 'name' || sort === '-name') {
    const docs = matches ? byNameAmong(prepared, matches, selection) : byName(prepared, bits, selection);
    return tell(docs, () => 0);
  }
  // The first doc whose name comes after the cursor's.
  const nextDoc = after === undefined ? 0 : docAfter(prepared, after.name);
  if (matches) {
    const top = topDocs(count);
    offerMatches(prepared, matches, { sort, after, nextDoc }, top);
    return top.docs.map((doc, at) => ({ key: top.keys[at] as number, name: textAt(names, doc) }));
  }
  const order = sort === 'relevance' ? '-usage' : sort;
  const docs = byNumber(prepared, bits, order, { after, nextDoc, count });
  const keys = prepared.keys(order);
  return tell(docs, (doc) => keys[doc] as number);
};

const offerMatches = (
  prepared: PreparedSegment,
  { docs, scores, count }: Matches,
  {
    sort,
    after,
    nextDoc,
  }: { sort: Exclude<SortOrder, 'name' | '-name'>; after: SearchPlace | undefined; nextDoc: number },
  top: TopDocs,
): void => {
  const keys = sort === 'relevance' ? undefined : prepared.keys(sort);
  const lifts = prepared.lifts();
  const least = after?.key ?? Number.NEGATIVE_INFINITY;
  for (let at = 0; at < count; at++) {
    const doc = docs[at] as number;
    const key = keys ? (keys[doc] as number) : -(scores[at] as number) * (lifts[doc] as number);
    // Most are too far behind to be of the page.
    if (key > top.worstKey || key < least || (key === least && doc < nextDoc)) continue;
    top.offer(key, doc);
  }
};

const docAfter = ({ segment: { names } }: PreparedSegment, name: string): number => {
  const at = lowerBound(names, name);
  return at < textCount(names) && compareAt(names, at, name) === 0 ? at + 1 : at;
};

/** The docs between which a list by name goes on. */
const nameBounds = (prepared: PreparedSegment, { sort, after }: Selection) => {
  if (after === undefined) return { low: 0, high: prepared.count };
  return sort === 'name'
    ? { low: docAfter(prepared, after.name), high: prepared.count }
    : { low: 0, high: lowerBound(prepared.segment.names, after.name) };
};

const byName = (prepared: PreparedSegment, bits: Bits, selection: Selection): number[] => {
  const { low, high } = nameBounds(prepared, selection);
  const docs: number[] = [];
  const step = selection.sort === 'name' ? 1 : -1;
  for (let doc = step === 1 ? low : high - 1; doc >= low && doc < high && docs.length < selection.count; doc += step) {
    // A word of 32 docs none of which matches is passed over at once.
    if (bits[doc >>> 5] === 0) doc = step === 1 ? doc | 31 : doc & ~31;
    else if (hasBit(bits, doc)) docs.push(doc);
  }
  return docs;
};

const byNameAmong = (prepared: PreparedSegment, { docs, count }: Matches, selection: Selection): readonly number[] => {
  const { low, high } = nameBounds(prepared, selection);
  const sign = selection.sort === 'name' ? 1 : -1;
  const top = topDocs(selection.count);
  for (let at = 0; at < count; at++) {
    const doc = docs[at] as number;
    if (doc >= low && doc < high) top.offer(sign * doc, doc);
  }
  return top.docs;
};

const byNumber = (
  prepared: PreparedSegment,
  bits: Bits,
  sort: NumberOrder,
  { after, nextDoc, count }: { after: SearchPlace | undefined; nextDoc: number; count: number },
): readonly number[] => {
  const keys = prepared.keys(sort);
  if (countBits(bits) * SPARSE < prepared.count) {
    const top = topDocs(count);
    eachBit(bits, (doc) => {
      const key = keys[doc] as number;
      if (after === undefined || key > after.key || (key === after.key && doc >= nextDoc)) top.offer(key, doc);
    });
    return top.docs;
  }
  const order = prepared.order(sort);
  const docs: number[] = [];
  const from = after === undefined ? 0 : rankAfter(order, after.key, nextDoc);
  for (let rank = from; rank < prepared.count && docs.length < count; rank++) {
    const doc = order.docs[rank] as number;
    if (hasBit(bits, doc)) docs.push(doc);
  }
  return docs;
};

/** @returns the first rank whose key is above, or whose key is that and whose doc is `nextDoc` or above */
const rankAfter = ({ keys, docs }: ColumnOrder, key: number, nextDoc: number): number => {
  let low = 0;
  let high = docs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const doc = docs[middle] as number;
    const own = keys[doc] as number;
    if (own < key || (own === key && doc < nextDoc)) low = middle + 1;
    else high = middle;
  }
  return low;
};

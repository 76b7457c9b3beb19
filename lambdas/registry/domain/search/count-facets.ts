// How many of the models that match have which value.
import { allBits, type Bits, eachBit } from './bits.ts';
import type { Matches } from './match-words.ts';
import type { PreparedSegment } from './prepared-segment.ts';
import { FACET_VALUE_LIMIT, type FacetCount, type FacetField } from './search-query.ts';
import { indexOfText, textAt, textCount } from './text-table.ts';
import { topDocs } from './top-docs.ts';

/** By the index of the value. */
export const countFacet = (
  prepared: PreparedSegment,
  field: FacetField,
  { live, bits, matches }: { readonly live: Bits; readonly bits: Bits; readonly matches: Matches | undefined },
): Uint32Array => {
  const list = prepared.segment.lists[field];
  const { starts, values } = prepared.forward(field);
  const counts = new Uint32Array(textCount(list.values));
  const add = (doc: number, by: number) => {
    const end = starts[doc + 1] as number;
    for (let at = starts[doc] as number; at < end; at++) {
      const value = values[at] as number;
      counts[value] = (counts[value] as number) + by;
    }
  };
  if (matches) {
    for (let at = 0; at < matches.count; at++) add(matches.docs[at] as number, 1);
  } else if (bits === live) {
    // All of the segment, of which the list says how many there are, but the dead.
    for (let value = 0; value < counts.length; value++) {
      counts[value] = (list.starts[value + 1] as number) - (list.starts[value] as number);
    }
    const dead = allBits(prepared.count);
    for (let word = 0; word < dead.length; word++) dead[word] = (dead[word] as number) & ~(live[word] as number);
    eachBit(dead, (doc) => add(doc, -1));
  } else {
    eachBit(bits, (doc) => add(doc, 1));
  }
  return counts;
};

export interface CountedPart {
  readonly prepared: PreparedSegment;
  readonly counts: Uint32Array;
}

/** Sums the parts' counts. @returns the most frequent values, like ones by name */
export const topValues = (field: FacetField, parts: readonly CountedPart[]): FacetCount[] => {
  const sorted = [...parts].sort((a, b) => b.counts.length - a.counts.length);
  const [largest, ...others] = sorted;
  if (!largest) return [];
  const values = largest.prepared.segment.lists[field].values;
  const totals = new Map<string, number>();
  for (const { prepared, counts } of others) {
    const own = prepared.segment.lists[field].values;
    for (const [index, count] of counts.entries()) {
      if (count === 0) continue;
      const value = textAt(own, index);
      totals.set(value, (totals.get(value) ?? 0) + count);
    }
  }
  for (const [value, count] of totals) {
    const index = indexOfText(values, value);
    if (index < 0) continue;
    totals.set(value, count + (largest.counts[index] as number));
  }
  // Of the largest alone no more than so many can be among the first.
  const found = [...totals].map(([value, count]) => ({ value, count }));
  for (const index of largestCounts(largest.counts, FACET_VALUE_LIMIT + totals.size)) {
    const value = textAt(values, index);
    if (!totals.has(value)) found.push({ value, count: largest.counts[index] as number });
  }
  found.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  return found.slice(0, FACET_VALUE_LIMIT);
};

/** Indexes of the largest counts above 0, like ones by index. */
const largestCounts = (counts: Uint32Array, limit: number): readonly number[] => {
  const top = topDocs(limit);
  for (let index = 0; index < counts.length; index++) {
    const count = counts[index] as number;
    if (count > 0) top.offer(-count, index);
  }
  return top.docs;
};

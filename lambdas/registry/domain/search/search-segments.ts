// Searches the segments of an index as if they were one.
import { type Bits, countBits } from './bits.ts';
import { type CountedPart, countFacet, topValues } from './count-facets.ts';
import { filterDocs } from './filter-docs.ts';
import { type Expansion, expandExactly, expandTolerantly, isFound, matchWords } from './match-words.ts';
import type { PreparedSegment } from './prepared-segment.ts';
import type { FacetField, QueryWord, SearchPlace, SearchQuery, SearchResult, SortOrder } from './search-query.ts';
import { selectDocs } from './select-docs.ts';

export interface SearchedPart {
  readonly prepared: PreparedSegment;
  /** The docs that count: others are told by another part, or by none. */
  readonly live: Bits;
}

/** @param parts - a live name lies in one of them alone */
export const searchSegments = (parts: readonly SearchedPart[], query: SearchQuery): SearchResult => {
  const { words, sort, after, limit } = query;
  const expansions = words && expandWords(parts, words);
  const counted: Record<FacetField, CountedPart[]> = { task: [], license: [], tag: [], publisher: [] };
  const hits: SearchPlace[][] = [];
  for (const [index, { prepared, live }] of parts.entries()) {
    const bits = filterDocs(prepared, live, query);
    const own = expansions?.map((word) => word[index] as Expansion);
    const matches = own && (own.length > 0 ? matchWords(prepared, bits, own) : noMatches);
    hits.push(selectDocs(prepared, bits, matches, { sort, after, count: limit + 1 }));
    for (const field of query.facets) {
      counted[field].push({ prepared, counts: countFacet(prepared, field, { live, bits, matches }) });
    }
  }
  const facets = Object.fromEntries(query.facets.map((field) => [field, topValues(field, counted[field])]));
  return { hits: mergeHits(hits, sort, limit + 1), facets };
};

const noMatches = { docs: new Uint32Array(0), count: 0, scores: new Int32Array(0) };

/** @returns by word, by part: words of the index. Whether errors are tolerated is the same for all parts. */
const expandWords = (parts: readonly SearchedPart[], words: readonly QueryWord[]): Expansion[][] =>
  words.map((word) => {
    const exact = parts.map(({ prepared }) => expandExactly(prepared.segment, word));
    const found = exact.some((expansion, index) => {
      const part = parts[index] as SearchedPart;
      return isFound(part.prepared.segment, part.live, expansion);
    });
    return found || !word.tolerant ? exact : parts.map(({ prepared }) => expandTolerantly(prepared, word));
  });

const mergeHits = (hits: readonly SearchPlace[][], sort: SortOrder, count: number): SearchPlace[] => {
  const some = hits.filter((part) => part.length > 0);
  if (some.length < 2) return some[0] ?? [];
  const sign = sort === '-name' ? -1 : 1;
  return some
    .flat()
    .sort((a, b) => a.key - b.key || (a.name < b.name ? -sign : sign))
    .slice(0, count);
};

/** How many models a part tells. */
export const liveCount = ({ live }: SearchedPart): number => countBits(live);

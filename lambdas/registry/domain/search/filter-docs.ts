// The docs of a segment that pass a query's filters.
import { type Bits, keepCommon, setBit } from './bits.ts';
import type { PreparedSegment } from './prepared-segment.ts';
import type { SearchFilters } from './search-query.ts';
import { docOf, type InvertedList, type ListColumn } from './segment.ts';
import { answersTensors } from './signature-query.ts';
import { indexOfText } from './text-table.ts';

export const hasFilters = (filters: SearchFilters): boolean =>
  (['task', 'license', 'publisher', 'visibility', 'tag', 'label', 'tensors'] as const).some(
    (name) => (filters[name]?.length ?? 0) > 0,
  ) ||
  filters.maxPriceMicros !== undefined ||
  filters.maxLatencyMs !== undefined ||
  filters.minRating !== undefined;

/** @param live - of the segment; not written to */
export const filterDocs = (prepared: PreparedSegment, live: Bits, filters: SearchFilters): Bits => {
  if (!hasFilters(filters)) return live;
  const bits = live.slice();
  const { lists, numbers } = prepared.segment;
  const keep = (column: ListColumn, indexes: Iterable<number>) => {
    const some = prepared.emptyBits();
    for (const index of indexes) addPostings(some, lists[column], index);
    keepCommon(bits, some);
  };
  if (filters.license.length > 0) {
    const known = prepared.licenses();
    keep(
      'license',
      filters.license.flatMap((value) => known.get(value.toLowerCase()) ?? []),
    );
  }
  for (const column of ['task', 'publisher', 'visibility'] as const) {
    const values = filters[column];
    if (values.length > 0)
      keep(
        column,
        values.map((value) => indexOfText(lists[column].values, value)),
      );
  }
  for (const tag of filters.tag) keep('tag', [indexOfText(lists.tag.values, tag)]);
  for (const label of filters.label ?? []) {
    const some = prepared.emptyBits();
    for (const column of ['tag', 'task'] as const) {
      addPostings(some, lists[column], indexOfText(lists[column].values, label));
    }
    keepCommon(bits, some);
  }
  if (filters.tensors.length > 0) {
    const fitting: number[] = [];
    for (const [index, signature] of prepared.signatures().entries()) {
      if (answersTensors(signature, filters.tensors)) fitting.push(index);
    }
    keep('signature', fitting);
  }
  const { maxPriceMicros, maxLatencyMs, minRating } = filters;
  if (maxPriceMicros !== undefined) keepWithin(bits, numbers.priceMicros, 0, maxPriceMicros);
  if (maxLatencyMs !== undefined) keepWithin(bits, numbers.latencyMs, 0, maxLatencyMs);
  if (minRating !== undefined) keepWithin(bits, numbers.rating, minRating, Number.POSITIVE_INFINITY);
  return bits;
};

const addPostings = (bits: Bits, { starts, postings }: InvertedList, index: number): void => {
  if (index < 0) return;
  const end = starts[index + 1] as number;
  for (let at = starts[index] as number; at < end; at++) setBit(bits, docOf(postings[at] as number));
};

const keepWithin = (bits: Bits, values: Float64Array, low: number, high: number): void => {
  for (let word = 0; word < bits.length; word++) {
    let rest = bits[word] as number;
    if (rest === 0) continue;
    let kept = rest;
    while (rest !== 0) {
      const lowest = rest & -rest;
      const value = values[(word << 5) + 31 - Math.clz32(lowest)] as number;
      if (!(value >= low && value <= high)) kept &= ~lowest;
      rest ^= lowest;
    }
    bits[word] = kept;
  }
};

// Makes a segment of documents: of what changed, or of a piece of the catalogue. Large ones are put together of small ones.
import type { SearchDocument } from './search-document.ts';
import {
  type InvertedList,
  type ListColumn,
  listColumns,
  type NumberColumn,
  numberColumns,
  type Segment,
  toPosting,
} from './segment.ts';
import { toTextTable } from './text-table.ts';

export const publisherOf = (name: string): string => name.slice(0, name.indexOf('.'));

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** @param documents - in any order, each name once */
export const buildSegment = (documents: readonly SearchDocument[]): Segment => {
  const sorted = [...documents].sort((a, b) => compare(a.name, b.name));
  const numbers = Object.fromEntries(
    numberColumns.map((column) => [column, Float64Array.from(sorted, (document) => numberOf(document, column))]),
  ) as Record<NumberColumn, Float64Array>;
  const lists = Object.fromEntries(listColumns.map((column) => [column, invert(sorted, column)])) as Record<
    ListColumn,
    InvertedList
  >;
  return { names: toTextTable(sorted.map(({ name }) => name)), numbers, lists };
};

export const numberOf = (document: SearchDocument, column: NumberColumn): number =>
  document[column] ?? Number.POSITIVE_INFINITY;

/** A column's values of one document, each once, with their weights. */
const valuesOf = (document: SearchDocument, column: ListColumn): Iterable<readonly [string, number]> => {
  if (column === 'words') return document.words;
  if (column === 'tag') return [...new Set(document.tags)].map((tag) => [tag, 0] as const);
  const value = column === 'publisher' ? publisherOf(document.name) : document[column];
  return value === '' ? [] : [[value, 0] as const];
};

const invert = (documents: readonly SearchDocument[], column: ListColumn): InvertedList => {
  const byValue = new Map<string, number[]>();
  let length = 0;
  for (const [doc, document] of documents.entries()) {
    for (const [value, weight] of valuesOf(document, column)) {
      const postings = byValue.get(value);
      if (postings) postings.push(toPosting(doc, weight));
      else byValue.set(value, [toPosting(doc, weight)]);
      length++;
    }
  }
  const values = [...byValue.keys()].sort(compare);
  const starts = new Uint32Array(values.length + 1);
  const postings = new Uint32Array(length);
  let at = 0;
  for (const [index, value] of values.entries()) {
    for (const posting of byValue.get(value) ?? []) postings[at++] = posting;
    starts[index + 1] = at;
  }
  return { values: toTextTable(values), starts, postings };
};

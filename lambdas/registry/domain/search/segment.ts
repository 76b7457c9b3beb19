// A part of the index: models by name, all that is asked for in columns of typed arrays. Never changed once made.
//
//   names      ascending; a model's place in it is its number `doc` in everything else
//   numbers    a Float64Array a column, by doc
//   lists      a column of texts turned round: for each value (ascending) the docs that have it, ascending
//              postings[starts[v] … starts[v+1]] = doc * 256 + weight (0 but for words), so sorting them sorts docs
import { type TextTable, textCount } from './text-table.ts';

export const numberColumns = [
  'priceMicros',
  'latencyMs',
  'rating',
  'callCount',
  'createdAtMs',
  'updatedAtMs',
  'indexedAtMs',
] as const;
export type NumberColumn = (typeof numberColumns)[number];

export const listColumns = ['words', 'task', 'license', 'tag', 'publisher', 'visibility', 'signature'] as const;
export type ListColumn = (typeof listColumns)[number];

export interface InvertedList {
  readonly values: TextTable;
  /** [values + 1] */
  readonly starts: Uint32Array;
  readonly postings: Uint32Array;
}

export interface Segment {
  readonly names: TextTable;
  readonly numbers: Readonly<Record<NumberColumn, Float64Array>>;
  readonly lists: Readonly<Record<ListColumn, InvertedList>>;
}

/** So many models a segment can hold: a posting has 32 bits. */
export const DOC_LIMIT = 2 ** 24;

export const docCount = ({ names }: Pick<Segment, 'names'>): number => textCount(names);

export const docOf = (posting: number): number => posting >>> 8;
export const weightOf = (posting: number): number => posting & 255;
export const toPosting = (doc: number, weight: number): number => ((doc << 8) | weight) >>> 0;

// Puts segments together into one. What comes out depends on the documents alone, not on how they lay before.
import { type Bits, hasBit } from './bits.ts';
import {
  DOC_LIMIT,
  docCount,
  docOf,
  type InvertedList,
  type ListColumn,
  listColumns,
  type NumberColumn,
  numberColumns,
  type Segment,
  toPosting,
  weightOf,
} from './segment.ts';
import { textAt, textCount, toTextTable } from './text-table.ts';

export interface MergedPart {
  readonly segment: Segment;
  /** The docs that go on living. */
  readonly live: Bits;
}

/** A part with where its docs go: -1 for the dead. */
interface Moved {
  readonly segment: Segment;
  readonly newDocs: Int32Array;
}

/** @param parts - a live name lies in one of them alone */
export const mergeSegments = (parts: readonly MergedPart[]): Segment => {
  const names: { readonly name: string; readonly part: number; readonly doc: number }[] = [];
  for (const [part, { segment, live }] of parts.entries()) {
    const count = docCount(segment);
    for (let doc = 0; doc < count; doc++) {
      if (hasBit(live, doc)) names.push({ name: textAt(segment.names, doc), part, doc });
    }
  }
  if (names.length > DOC_LIMIT) throw new RangeError(`a segment holds at most ${DOC_LIMIT} models`);
  names.sort((a, b) => (a.name < b.name ? -1 : 1));
  const moved = parts.map(({ segment }) => ({ segment, newDocs: new Int32Array(docCount(segment)).fill(-1) }));
  for (const [newDoc, { part, doc }] of names.entries()) {
    const { newDocs } = moved[part] as Moved;
    newDocs[doc] = newDoc;
  }
  return {
    names: toTextTable(names.map(({ name }) => name)),
    numbers: Object.fromEntries(
      numberColumns.map((column) => [column, moveNumbers(moved, column, names.length)]),
    ) as Record<NumberColumn, Float64Array>,
    lists: Object.fromEntries(listColumns.map((column) => [column, mergeLists(moved, column)])) as Record<
      ListColumn,
      InvertedList
    >,
  };
};

const moveNumbers = (parts: readonly Moved[], column: NumberColumn, count: number): Float64Array => {
  const moved = new Float64Array(count);
  for (const { segment, newDocs } of parts) {
    const values = segment.numbers[column];
    for (let doc = 0; doc < newDocs.length; doc++) {
      const newDoc = newDocs[doc] as number;
      if (newDoc >= 0) moved[newDoc] = values[doc] as number;
    }
  }
  return moved;
};

const mergeLists = (parts: readonly Moved[], column: ListColumn): InvertedList => {
  const sources = new Map<string, { readonly part: Moved; readonly index: number }[]>();
  let length = 0;
  for (const part of parts) {
    const { values, postings } = part.segment.lists[column];
    length += postings.length;
    for (let index = 0; index < textCount(values); index++) {
      const value = textAt(values, index);
      const source = { part, index };
      const others = sources.get(value);
      if (others) others.push(source);
      else sources.set(value, [source]);
    }
  }
  const merged = new Uint32Array(length);
  const kept: string[] = [];
  const starts: number[] = [0];
  let end = 0;
  for (const value of [...sources.keys()].sort((a, b) => (a < b ? -1 : 1))) {
    const from = end;
    const of = sources.get(value) ?? [];
    for (const { part, index } of of) end = movePostings(part, column, index, merged, end);
    if (end === from) continue;
    if (of.length > 1) merged.subarray(from, end).sort();
    kept.push(value);
    starts.push(end);
  }
  return { values: toTextTable(kept), starts: Uint32Array.from(starts), postings: merged.slice(0, end) };
};

/** @returns where the next posting goes */
const movePostings = (part: Moved, column: ListColumn, index: number, merged: Uint32Array, end: number): number => {
  const { starts, postings } = part.segment.lists[column];
  const { newDocs } = part;
  const last = starts[index + 1] as number;
  let at = end;
  for (let from = starts[index] as number; from < last; from++) {
    const posting = postings[from] as number;
    const newDoc = newDocs[docOf(posting)] as number;
    if (newDoc >= 0) merged[at++] = toPosting(newDoc, weightOf(posting));
  }
  return at;
};

// Words of a table that lie within some typing errors of one: letters left out, put in, changed, or two neighbours
// swapped (optimal string alignment distance).
//
// An error destroys at most three of a word's pairs of letters and moves the others by one place. So only words that
// have enough pairs in common, at about the same place, are compared letter by letter: of 150,000 words some hundreds.
import { type TextTable, textCount } from './text-table.ts';

/** One error from 4 letters on, two from 8. */
export const errorsAllowed = (word: string): number => (word.length >= 8 ? 2 : word.length >= 4 ? 1 : 0);

/** In a beginning, where what was typed is no whole word yet: fewer, or everything resembles it. */
export const errorsAllowedInBeginning = (word: string): number => (word.length >= 9 ? 2 : word.length >= 6 ? 1 : 0);

export type Resemblance = 'whole' | 'beginning';

/** For each pair of letters and place (up to 15): the words that have it there, ascending. */
export interface PairIndex {
  /** [PAIRS × PLACES + 1] */
  readonly starts: Uint32Array;
  readonly words: Uint32Array;
  /** [words], zero between uses. */
  readonly counts: Uint8Array;
}

const PAIRS = 4096;
const PLACES = 16;
/** Stands before a word and after it. */
const EDGE = 0;

const bucketOf = (first: number, second: number, place: number) =>
  ((Math.imul(first, 31) + second) & (PAIRS - 1)) * PLACES + Math.min(place, PLACES - 1);

export const indexPairs = (table: TextTable): PairIndex => {
  const count = textCount(table);
  const starts = new Uint32Array(PAIRS * PLACES + 1);
  eachPair(table, (bucket) => {
    starts[bucket + 1] = (starts[bucket + 1] as number) + 1;
  });
  for (let bucket = 1; bucket < starts.length; bucket++) {
    starts[bucket] = (starts[bucket] as number) + (starts[bucket - 1] as number);
  }
  const words = new Uint32Array(starts.at(-1) ?? 0);
  const next = starts.slice();
  eachPair(table, (bucket, word) => {
    const at = next[bucket] as number;
    words[at] = word;
    next[bucket] = at + 1;
  });
  return { starts, words, counts: new Uint8Array(count) };
};

const eachPair = (table: TextTable, take: (bucket: number, word: number) => void): void => {
  const { units, starts } = table;
  const count = textCount(table);
  for (let word = 0; word < count; word++) {
    const start = starts[word] as number;
    const end = starts[word + 1] as number;
    let before = EDGE;
    for (let at = start; at < end; at++) {
      const letter = units[at] as number;
      take(bucketOf(before, letter, at - start), word);
      before = letter;
    }
    take(bucketOf(before, EDGE, end - start), word);
  }
};

/** @param asPrefix - words count too that go on after what resembles. @param take - gets each word once, in any order */
export const eachFuzzyWord = (
  table: TextTable,
  pairs: PairIndex,
  { word, asPrefix }: { readonly word: string; readonly asPrefix: boolean },
  take: (index: number, resemblance: Resemblance) => void,
): void => {
  const errors = errorsAllowed(word);
  const beginningErrors = asPrefix ? errorsAllowedInBeginning(word) : 0;
  if (errors === 0) return;
  const compare = comparison(word, errors, beginningErrors);
  const found = candidates(pairs, word, {
    errors,
    needed: Math.min(
      word.length + 1 - 3 * errors,
      beginningErrors > 0 ? word.length - 3 * beginningErrors : word.length + 1,
    ),
  });
  for (const index of found) {
    const start = table.starts[index] as number;
    const resemblance = compare(table.units, start, (table.starts[index + 1] as number) - start);
    if (resemblance !== undefined) take(index, resemblance);
  }
};

const candidates = (
  { starts, words, counts }: PairIndex,
  word: string,
  { errors, needed }: { readonly errors: number; readonly needed: number },
): readonly number[] => {
  const touched: number[] = [];
  const found: number[] = [];
  for (let place = 0; place <= word.length; place++) {
    const first = place === 0 ? EDGE : word.charCodeAt(place - 1);
    const second = place === word.length ? EDGE : word.charCodeAt(place);
    let last = -1;
    for (let near = Math.max(0, place - errors); near <= place + errors; near++) {
      const bucket = bucketOf(first, second, near);
      if (bucket === last) continue;
      last = bucket;
      const end = starts[bucket + 1] as number;
      for (let at = starts[bucket] as number; at < end; at++) {
        const index = words[at] as number;
        const count = (counts[index] as number) + 1;
        counts[index] = count;
        if (count === 1) touched.push(index);
        if (count === needed) found.push(index);
      }
    }
  }
  for (const index of touched) counts[index] = 0;
  return found;
};

/** rows: three of [letters of `word` + 1], the distances of a beginning of the other word to each beginning of `word`. */
const comparison = (word: string, errors: number, beginningErrors: number) => {
  const width = word.length + 1;
  const rows = [new Uint8Array(width), new Uint8Array(width), new Uint8Array(width)] as const;
  return (units: Uint16Array, start: number, length: number): Resemblance | undefined => {
    let [twoAbove, above, row] = rows as readonly Uint8Array[] as [Uint8Array, Uint8Array, Uint8Array];
    for (let column = 0; column < width; column++) above[column] = column;
    let begins = false;
    const depthLimit = Math.min(length, word.length + errors);
    for (let depth = 1; depth <= depthLimit; depth++) {
      const letter = units[start + depth - 1] as number;
      const letterBefore = depth > 1 ? (units[start + depth - 2] as number) : -1;
      row[0] = depth;
      let least = depth;
      for (let column = 1; column < width; column++) {
        const own = word.charCodeAt(column - 1);
        let best = (above[column - 1] as number) + (own === letter ? 0 : 1);
        best = Math.min(best, (above[column] as number) + 1, (row[column - 1] as number) + 1);
        if (column > 1 && own === letterBefore && word.charCodeAt(column - 2) === letter) {
          best = Math.min(best, (twoAbove[column - 2] as number) + 1);
        }
        row[column] = best;
        // A swap that begins here ends in the next row, one error above the row before.
        least = Math.min(least, best, (above[column] as number) + 1);
      }
      const distance = row[width - 1] as number;
      if (depth === length && distance <= errors) return 'whole';
      begins ||= beginningErrors > 0 && distance <= beginningErrors;
      if (least > errors) break;
      [twoAbove, above, row] = [above, row, twoAbove];
    }
    return begins ? 'beginning' : undefined;
  };
};

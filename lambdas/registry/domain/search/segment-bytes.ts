// A segment as bytes: little-endian arrays one after another, each at a multiple of 8, so that reading them is laying
// views over the bytes. What compresses well is written so: beginnings as differences; postings as four arrays of bytes,
// first all weights, then the three bytes of the differences of docs, the lowest first.
//
//   'AIMX' | version u32 | length of the whole u32 | sections u32 | sections × (length in elements u32) | pad | arrays …
import {
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
import type { TextTable } from './text-table.ts';

/** Changes with the layout and with what documents hold: another one's index is made anew, never read. */
export const SEGMENT_VERSION = 1;

const MAGIC = 0x584d4941;
const HEAD_WORDS = 4;

type Elements = Uint16Array | Uint32Array | Float64Array;
const bytesOf = { u16: 2, u32: 4, f64: 8 } as const;
type Kind = keyof typeof bytesOf;

/** The arrays of a segment in the order in which they lie. */
const layout: readonly Kind[] = [
  'u16',
  'u32',
  ...numberColumns.map(() => 'f64' as const),
  ...listColumns.flatMap(() => ['u16', 'u32', 'u32', 'u32'] as const),
];

const aligned = (length: number) => (length + 7) & ~7;
const dataStart = aligned((HEAD_WORDS + layout.length) * 4);

export const encodeSegment = ({ names, numbers, lists }: Segment): Uint8Array => {
  const arrays: Elements[] = [
    names.units,
    differences(names.starts),
    ...numberColumns.map((column) => numbers[column]),
    ...listColumns.flatMap((column) => {
      const { values, starts, postings } = lists[column];
      return [values.units, differences(values.starts), differences(starts), toPlanes(starts, postings)];
    }),
  ];
  const length = arrays.reduce((sum, array) => sum + aligned(array.byteLength), dataStart);
  const bytes = new Uint8Array(length);
  const head = new Uint32Array(bytes.buffer, 0, HEAD_WORDS + layout.length);
  head.set([MAGIC, SEGMENT_VERSION, length, layout.length, ...arrays.map((array) => array.length)]);
  let at = dataStart;
  for (const array of arrays) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += aligned(array.byteLength);
  }
  return bytes;
};

/** @param bytes - kept, and partly written over: they become the segment. @throws Error on bytes that are not a whole segment */
export const decodeSegment = (bytes: Uint8Array): Segment => {
  const whole = bytes.byteOffset % 8 === 0 ? bytes : Uint8Array.from(bytes);
  const arrays = readArrays(whole);
  let next = 0;
  const take = <T extends Elements>() => arrays[next++] as T;
  const table = (): TextTable => ({ units: take<Uint16Array>(), starts: sums(take<Uint32Array>()) });
  const names = table();
  const numbers = Object.fromEntries(numberColumns.map((column) => [column, take<Float64Array>()])) as Record<
    NumberColumn,
    Float64Array
  >;
  const lists = Object.fromEntries(
    listColumns.map((column) => {
      const values = table();
      const starts = sums(take<Uint32Array>());
      return [column, { values, starts, postings: fromPlanes(starts, take<Uint32Array>(), docCount({ names })) }];
    }),
  ) as Record<ListColumn, InvertedList>;
  const segment = { names, numbers, lists };
  checkSegment(segment);
  return segment;
};

const readArrays = (bytes: Uint8Array): Elements[] => {
  if (bytes.length < dataStart) throw malformed('it is shorter than its head');
  const head = new Uint32Array(bytes.buffer, bytes.byteOffset, HEAD_WORDS + layout.length);
  if (head[0] !== MAGIC) throw malformed('it does not begin as one');
  if (head[1] !== SEGMENT_VERSION) throw malformed(`its version is ${head[1]}, not ${SEGMENT_VERSION}`);
  if (head[2] !== bytes.length || head[3] !== layout.length) throw malformed('its length is another');
  let at = dataStart;
  return layout.map((kind, index) => {
    const count = head[HEAD_WORDS + index] as number;
    const length = count * bytesOf[kind];
    if (at + length > bytes.length) throw malformed('it ends too early');
    const place = [bytes.buffer, bytes.byteOffset + at, count] as const;
    at += aligned(length);
    if (kind === 'u16') return new Uint16Array(...place);
    return kind === 'u32' ? new Uint32Array(...place) : new Float64Array(...place);
  });
};

/** What every later step relies on: nothing leads out of an array. */
const checkSegment = ({ names, numbers, lists }: Segment): void => {
  const count = docCount({ names });
  if (count < 0 || !isTable(names)) throw malformed('its names are torn');
  for (const column of numberColumns) {
    if (numbers[column].length !== count) throw malformed(`column ${column} has another length`);
  }
  for (const column of listColumns) {
    const { values, starts, postings } = lists[column];
    if (!isTable(values) || starts.length !== values.starts.length || starts.at(-1) !== postings.length)
      throw malformed(`list ${column} is torn`);
  }
};

const isTable = ({ units, starts }: TextTable) => starts[0] === 0 && starts.at(-1) === units.length;

const malformed = (why: string) => new Error(`these bytes are no segment of the search index: ${why}`);

const differences = (values: Uint32Array): Uint32Array => {
  const result = new Uint32Array(values.length);
  for (let at = 1; at < values.length; at++) result[at] = (values[at] as number) - (values[at - 1] as number);
  result[0] = values[0] ?? 0;
  return result;
};

const sums = (values: Uint32Array): Uint32Array => {
  for (let at = 1; at < values.length; at++) values[at] = (values[at] as number) + (values[at - 1] as number);
  return values;
};

/** Differences begin anew with each value: only within one do docs ascend. */
const toPlanes = (starts: Uint32Array, postings: Uint32Array): Uint32Array => {
  const count = postings.length;
  const result = new Uint32Array(count);
  const bytes = new Uint8Array(result.buffer);
  for (let value = 0; value + 1 < starts.length; value++) {
    const end = starts[value + 1] as number;
    let before = 0;
    for (let at = starts[value] as number; at < end; at++) {
      const posting = postings[at] as number;
      const doc = docOf(posting);
      const difference = doc - before;
      before = doc;
      bytes[at] = weightOf(posting);
      bytes[count + at] = difference;
      bytes[2 * count + at] = difference >>> 8;
      bytes[3 * count + at] = difference >>> 16;
    }
  }
  return result;
};

/** @throws Error where a posting leads out of the segment */
const fromPlanes = (starts: Uint32Array, planes: Uint32Array, docs: number): Uint32Array => {
  const count = planes.length;
  const bytes = new Uint8Array(planes.buffer, planes.byteOffset, planes.byteLength);
  const postings = new Uint32Array(count);
  for (let value = 0; value + 1 < starts.length; value++) {
    const end = Math.min(starts[value + 1] as number, count);
    let doc = 0;
    for (let at = starts[value] as number; at < end; at++) {
      doc +=
        (bytes[count + at] as number) |
        ((bytes[2 * count + at] as number) << 8) |
        ((bytes[3 * count + at] as number) << 16);
      postings[at] = toPosting(doc, bytes[at] as number);
    }
    // Docs ascend, so the last is the highest.
    if (doc >= docs) throw malformed('it names a model that is none');
  }
  return postings;
};

// The state of the index: a large segment that stays for hours, and what changed since. As bytes:
//
//   'AIMH' | version u32 | length of the text u32 | 0 | JSON | pad to 8 | segment of what changed
import { allBits, type Bits, clearBit } from './bits.ts';
import { buildSegment } from './build-segment.ts';
import { mergeSegments } from './merge-segments.ts';
import type { SearchDocument } from './search-document.ts';
import { docCount, type Segment } from './segment.ts';
import { decodeSegment, encodeSegment } from './segment-bytes.ts';
import { indexOfText, textAt } from './text-table.ts';

/** Where a large segment lies; what lies there never changes. */
export interface BaseReference {
  readonly key: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

export interface IndexHead {
  readonly base: BaseReference;
  /** When a walk over all models last began. */
  readonly rebuiltAtMs: number;
  /** When the walk began that is under way, or has died: its base will not have in it what is put into another meanwhile. */
  readonly rebuildingSinceMs?: number | undefined;
  /** Higher with every change: the stamp (`indexedAtMs`) of the last. */
  readonly lastAtMs: number;
  /** Models as they are since; they stand before those of the base. */
  readonly delta: Segment;
  /** Models that are no more, or not for all to see, with the stamps of that. */
  readonly removed: ReadonlyMap<string, number>;
}

export const emptyDelta = (): Segment => buildSegment([]);

/** A walk that began longer ago has died: the function that takes longest for it is given 15 minutes, and clocks differ. */
const REBUILD_LIMIT_MS = 20 * 60_000;

export const isRebuilding = ({ rebuildingSinceMs }: IndexHead, nowMs: number): boolean =>
  rebuildingSinceMs !== undefined && nowMs - rebuildingSinceMs < REBUILD_LIMIT_MS;

/** How many models the delta tells of. */
export const changeCount = ({ delta, removed }: IndexHead): number => docCount(delta) + removed.size;

/** A stamp that no change before has. */
export const nextStamp = ({ lastAtMs }: IndexHead, nowMs: number): number => Math.max(nowMs, lastAtMs + 1);

/** Of a segment, the docs that none of these names shadows. */
export const liveWithout = (segment: Segment, names: Iterable<string>): Bits => {
  const live = allBits(docCount(segment));
  for (const name of names) {
    const doc = indexOfText(segment.names, name);
    if (doc >= 0) clearBit(live, doc);
  }
  return live;
};

export function* namesOf(segment: Segment): Generator<string> {
  for (let doc = 0; doc < docCount(segment); doc++) yield textAt(segment.names, doc);
}

export function* shadowedNames({ delta, removed }: IndexHead): Generator<string> {
  yield* namesOf(delta);
  yield* removed.keys();
}

export interface IndexChanges {
  readonly documents: readonly SearchDocument[];
  readonly removed: readonly string[];
}

/** @param atMs - from `nextStamp`, and the documents' `indexedAtMs` */
export const withChanges = (head: IndexHead, { documents, removed }: IndexChanges, atMs: number): IndexHead => {
  const names = [...documents.map(({ name }) => name), ...removed];
  const gone = new Map(head.removed);
  for (const name of names) gone.delete(name);
  for (const name of removed) gone.set(name, atMs);
  const changed = buildSegment(documents);
  return {
    ...head,
    lastAtMs: atMs,
    removed: gone,
    delta: mergeSegments([
      { segment: head.delta, live: liveWithout(head.delta, names) },
      { segment: changed, live: allBits(docCount(changed)) },
    ]),
  };
};

/** The base with all changes in it. */
export const mergeHead = (head: IndexHead, base: Segment): Segment =>
  mergeSegments([
    { segment: base, live: liveWithout(base, shadowedNames(head)) },
    { segment: head.delta, live: allBits(docCount(head.delta)) },
  ]);

/** @param isIn - whether the base that comes has this change in it */
export const withBase = (
  head: IndexHead,
  base: BaseReference,
  isIn: (name: string, atMs: number) => boolean,
): IndexHead => {
  const stamps = head.delta.numbers.indexedAtMs;
  const merged = [...namesOf(head.delta)].filter((name, doc) => isIn(name, stamps[doc] as number));
  return {
    ...head,
    base,
    delta: mergeSegments([{ segment: head.delta, live: liveWithout(head.delta, merged) }]),
    removed: new Map([...head.removed].filter(([name, atMs]) => !isIn(name, atMs))),
  };
};

/** The stamps of all changes that a head tells of, by name. */
export const stampsOf = ({ delta, removed }: IndexHead): ReadonlyMap<string, number> => {
  const stamps = delta.numbers.indexedAtMs;
  return new Map([...[...namesOf(delta)].map((name, doc) => [name, stamps[doc] as number] as const), ...removed]);
};

const MAGIC = 0x484d4941;
const HEAD_VERSION = 1;
const HEAD_BYTES = 16;

export const encodeHead = ({ delta, removed, ...rest }: IndexHead): Uint8Array => {
  const text = new TextEncoder().encode(JSON.stringify({ ...rest, removed: [...removed] }));
  const segment = encodeSegment(delta);
  const at = (HEAD_BYTES + text.length + 7) & ~7;
  const bytes = new Uint8Array(at + segment.length);
  new Uint32Array(bytes.buffer, 0, 3).set([MAGIC, HEAD_VERSION, text.length]);
  bytes.set(text, HEAD_BYTES);
  bytes.set(segment, at);
  return bytes;
};

/** @param parse - checks what the text says. @throws Error on bytes that are no head */
export const decodeHead = (
  bytes: Uint8Array,
  parse: (text: unknown) => Omit<IndexHead, 'delta' | 'removed'> & { readonly removed: readonly [string, number][] },
): IndexHead => {
  const whole = bytes.byteOffset % 8 === 0 ? bytes : Uint8Array.from(bytes);
  if (whole.length < HEAD_BYTES) throw new Error('these bytes are no head of the search index: too few');
  const [magic, version, length = 0] = new Uint32Array(whole.buffer, whole.byteOffset, 3);
  const at = (HEAD_BYTES + length + 7) & ~7;
  if (magic !== MAGIC || version !== HEAD_VERSION || at > whole.length) {
    throw new Error('these bytes are no head of the search index');
  }
  const text = new TextDecoder().decode(whole.subarray(HEAD_BYTES, HEAD_BYTES + length));
  const { removed, ...rest } = parse(JSON.parse(text));
  return { ...rest, removed: new Map(removed), delta: decodeSegment(whole.subarray(at)) };
};

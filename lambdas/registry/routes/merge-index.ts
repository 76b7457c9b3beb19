/**
 * Puts what changed into the large segment, or makes that anew from the catalogue. The new one is written under a name
 * of its own before the state that names it: whoever dies between leaves the old state whole. Changes that came
 * meanwhile stay beside it: what is told while the catalogue is walked must not go into the base that the new one takes
 * the place of, so nothing is merged meanwhile.
 */
import { allBits } from '../domain/search/bits.ts';
import { buildSegment } from '../domain/search/build-segment.ts';
import {
  emptyDelta,
  type IndexHead,
  isRebuilding,
  mergeHead,
  stampsOf,
  withBase,
} from '../domain/search/index-head.ts';
import { mergeSegments } from '../domain/search/merge-segments.ts';
import { docCount, type Segment } from '../domain/search/segment.ts';
import type { ModelDirectory, SearchIndexStore } from '../ports/search.ts';
import type { Model, ModelStore } from '../ports.ts';
import { isListed } from './index-models.ts';

export interface MergePorts {
  readonly index: SearchIndexStore;
  readonly clock: () => number;
}

export interface RebuildPorts extends MergePorts {
  readonly models: Pick<ModelStore, 'walk'>;
  readonly directory: Pick<ModelDirectory, 'describe'>;
}

const WRITE_TRIES = 20;
/** Models described at a time. */
const CHUNK = 1_000;
/** The catalogue lags behind the table, and clocks behind one another: changes so young may not have been in it. */
const LAG_MS = 60_000;

/** @returns whether this call put them in; false: there was nothing, another did, or the index is made anew just now */
export const mergeIndex =
  ({ index, clock }: MergePorts) =>
  async (): Promise<boolean> => {
    const before = await index.readHead();
    if (before.outcome !== 'read' || isRebuilding(before.head, clock())) return false;
    const stamps = stampsOf(before.head);
    if (stamps.size === 0) return false;
    const base = mergeHead(before.head, await index.readBase(before.head.base));
    const isIn = (name: string, atMs: number) => stamps.get(name) === atMs;
    const reference = await index.writeBase(base);
    return replace(index, (head) => {
      // Another one's base has other changes in it.
      if (head?.base.key !== before.head.base.key || isRebuilding(head, clock())) return undefined;
      // Whoever began to make it anew and is given up must not take this one's place.
      return { ...withBase(head, reference, isIn), rebuildingSinceMs: undefined };
    });
  };

/** @returns whether this call made it; false: another does just now, or has meanwhile */
export const rebuildIndex =
  ({ index, models, directory, clock }: RebuildPorts) =>
  async (): Promise<boolean> => {
    const startedMs = clock();
    const start = await markStart(index, startedMs);
    if (!start) return false;
    const chunks: Segment[] = [];
    for await (const chunk of inChunks(models)) {
      chunks.push(buildSegment(await directory.describe(chunk.filter(isListed), startedMs)));
    }
    const base = mergeSegments(chunks.map((segment) => ({ segment, live: allBits(docCount(segment)) })));
    const reference = await index.writeBase(base);
    return replace(index, (head) => {
      if (start === 'first') return head ? undefined : firstHead(reference, startedMs);
      if (head?.rebuildingSinceMs !== startedMs) return undefined;
      const next = withBase(head, reference, (_, atMs) => atMs < startedMs - LAG_MS);
      return { ...next, rebuiltAtMs: startedMs, rebuildingSinceMs: undefined };
    });
  };

/** From here on nothing is merged. @returns undefined when another is at it */
const markStart = async (index: SearchIndexStore, startedMs: number): Promise<'first' | 'again' | undefined> => {
  const present = await index.readHead();
  if (present.outcome !== 'read') return 'first';
  const mark = (head: IndexHead | undefined) =>
    head && !isRebuilding(head, startedMs) ? { ...head, rebuildingSinceMs: startedMs } : undefined;
  return (await replace(index, mark)) ? 'again' : undefined;
};

const firstHead = (base: IndexHead['base'], startedMs: number): IndexHead => ({
  base,
  rebuiltAtMs: startedMs,
  lastAtMs: startedMs,
  delta: emptyDelta(),
  removed: new Map(),
});

async function* inChunks(models: Pick<ModelStore, 'walk'>): AsyncGenerator<Model[]> {
  const walk = { ownerAccountId: undefined, publisher: undefined, after: undefined, descending: false };
  let chunk: Model[] = [];
  for await (const model of models.walk(walk)) {
    chunk.push(model);
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

/** @param change - of the present state; undefined: let it be */
const replace = async (
  index: SearchIndexStore,
  change: (head: IndexHead | undefined) => IndexHead | undefined,
): Promise<boolean> => {
  for (let tries = 0; tries < WRITE_TRIES; tries++) {
    const present = await index.readHead();
    const isThere = present.outcome === 'read';
    const next = change(isThere ? present.head : undefined);
    if (!next) return false;
    if (await index.writeHead(next, isThere ? present.etag : undefined)) return true;
  }
  throw new Error(`the search index was changed by others ${WRITE_TRIES} times`);
};

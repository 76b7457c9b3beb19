/**
 * Puts what changed into the large segment, or makes that anew from the catalogue. The new one is written under a name
 * of its own before the state that names it: whoever dies between leaves the old state whole. Changes that came
 * meanwhile stay beside it.
 */
import { allBits } from '../domain/search/bits.ts';
import { buildSegment } from '../domain/search/build-segment.ts';
import { emptyDelta, type IndexHead, mergeHead, stampsOf, withBase } from '../domain/search/index-head.ts';
import { mergeSegments } from '../domain/search/merge-segments.ts';
import { docCount, type Segment } from '../domain/search/segment.ts';
import type { ModelDirectory, SearchIndexStore } from '../ports/search.ts';
import type { Model, ModelStore } from '../ports.ts';
import { isListed } from './index-models.ts';

export interface MergePorts {
  readonly index: SearchIndexStore;
}

export interface RebuildPorts extends MergePorts {
  readonly models: Pick<ModelStore, 'walk'>;
  readonly directory: Pick<ModelDirectory, 'describe'>;
  readonly clock: () => number;
}

const WRITE_TRIES = 20;
/** Models described at a time. */
const CHUNK = 1_000;
/** The catalogue lags behind the table, and clocks behind one another: changes so young may not have been in it. */
const LAG_MS = 60_000;

/** @returns whether this call put them in; false: there was nothing, or another did */
export const mergeIndex =
  ({ index }: MergePorts) =>
  async (): Promise<boolean> => {
    const before = await index.readHead();
    if (before.outcome !== 'read') return false;
    const stamps = stampsOf(before.head);
    if (stamps.size === 0) return false;
    const base = mergeHead(before.head, await index.readBase(before.head.base));
    const isIn = (name: string, atMs: number) => stamps.get(name) === atMs;
    const reference = await index.writeBase(base);
    return replace(index, (head) => {
      // Another one's base has other changes in it.
      if (head?.base.key !== before.head.base.key) return undefined;
      return withBase(head, reference, isIn);
    });
  };

export const rebuildIndex =
  ({ index, models, directory, clock }: RebuildPorts) =>
  async (): Promise<boolean> => {
    const startedMs = clock();
    const chunks: Segment[] = [];
    for await (const chunk of inChunks(models)) {
      chunks.push(buildSegment(await directory.describe(chunk.filter(isListed), startedMs)));
    }
    const base = mergeSegments(chunks.map((segment) => ({ segment, live: allBits(docCount(segment)) })));
    const reference = await index.writeBase(base);
    return replace(index, (head) =>
      head
        ? { ...withBase(head, reference, (_, atMs) => atMs < startedMs - LAG_MS), rebuiltAtMs: startedMs }
        : { base: reference, rebuiltAtMs: startedMs, lastAtMs: startedMs, delta: emptyDelta(), removed: new Map() },
    );
  };

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

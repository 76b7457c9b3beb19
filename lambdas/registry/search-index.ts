// The search index in an environment's memory: read when it is first needed, looked at again when it may have changed.
import { allBits } from './domain/search/bits.ts';
import { type BaseReference, liveWithout, shadowedNames } from './domain/search/index-head.ts';
import { type PreparedSegment, prepareSegment } from './domain/search/prepared-segment.ts';
import type { SearchedPart } from './domain/search/search-segments.ts';
import { docCount } from './domain/search/segment.ts';
import type { SearchIndexReader } from './ports/search.ts';

/** How long a state is told before it is asked whether there is another: part of how late a change is found. */
const KEEP_MS = 2_000;

/** @returns the parts of the index; undefined while there is none */
export type CurrentIndex = () => Promise<readonly SearchedPart[] | undefined>;

interface State {
  readonly etag: string;
  readonly base: BaseReference;
  readonly preparedBase: PreparedSegment;
  readonly parts: readonly SearchedPart[];
}

/** One per environment. */
export const searchIndex = (reader: SearchIndexReader, clock: () => number): CurrentIndex => {
  let state: State | undefined;
  let readAtMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;

  const read = async () => {
    const startedMs = clock();
    const found = await reader.readHead(state?.etag);
    if (found.outcome === 'none') state = undefined;
    if (found.outcome === 'read') {
      const { head, etag } = found;
      const preparedBase =
        state?.base.key === head.base.key ? state.preparedBase : prepareSegment(await reader.readBase(head.base));
      const delta = { prepared: prepareSegment(head.delta), live: allBits(docCount(head.delta)) };
      const live = liveWithout(preparedBase.segment, shadowedNames(head));
      state = { etag, base: head.base, preparedBase, parts: [{ prepared: preparedBase, live }, delta] };
    }
    readAtMs = startedMs;
  };

  return async () => {
    if (clock() - readAtMs >= KEEP_MS) {
      // Calls that come meanwhile wait for the same.
      reading ??= read().finally(() => {
        reading = undefined;
      });
      await reading;
    }
    return state?.parts;
  };
};

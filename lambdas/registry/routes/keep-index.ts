/** What runs by the clock for the search index: merges, and from time to time makes it anew, which mends what was lost. */
import type { SearchIndexReader } from '../ports/search.ts';

export interface KeepIndexPorts {
  readonly index: Pick<SearchIndexReader, 'readHead'>;
  readonly merge: () => Promise<boolean>;
  readonly rebuild: () => Promise<boolean>;
  readonly clock: () => number;
}

/** The bucket drops what lies longer than a week. */
const REBUILD_MS = 24 * 3_600_000;

export const keepIndex =
  ({ index, merge, rebuild, clock }: KeepIndexPorts) =>
  async (): Promise<'merged' | 'rebuilt' | 'unchanged'> => {
    const present = await index.readHead();
    if (present.outcome !== 'read' || clock() - present.head.rebuiltAtMs >= REBUILD_MS) {
      return (await rebuild()) ? 'rebuilt' : 'unchanged';
    }
    return (await merge()) ? 'merged' : 'unchanged';
  };

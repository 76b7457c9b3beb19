// What search needs from outside: where the index lies, and what models are in truth.
import type { BaseReference, IndexHead } from '../domain/search/index-head.ts';
import type { SearchDocument } from '../domain/search/search-document.ts';
import type { Segment } from '../domain/search/segment.ts';
import type { Model } from '../ports.ts';
import type { ModelStats } from './stats.ts';

/** `etag` names the state; `same`: it is the one that was named. */
export type HeadReading =
  | { readonly outcome: 'none' }
  | { readonly outcome: 'same' }
  | { readonly outcome: 'read'; readonly head: IndexHead; readonly etag: string };

export interface SearchIndexReader {
  /** @param etag - of the state that is known already */
  readHead(etag?: string): Promise<HeadReading>;
  /** @throws Error when what lies there is not what the reference says */
  readBase(base: BaseReference): Promise<Segment>;
}

export interface SearchIndexStore extends SearchIndexReader {
  writeBase(segment: Segment): Promise<BaseReference>;
  /** @param etag - of the state it takes the place of; undefined: there is none. @returns false when there is another: nothing was changed */
  writeHead(head: IndexHead, etag: string | undefined): Promise<boolean>;
}

export interface ModelDirectory {
  /** Strongly consistent; those that exist. */
  findMany(names: readonly string[]): Promise<ReadonlyMap<string, Model>>;
  /** What their reviews, calls and downloads add up to, of those that have any. Strongly consistent. */
  statsOf(names: readonly string[]): Promise<ReadonlyMap<string, ModelStats>>;
  /** An account's own that are in no catalogue, or changed since then, by name; lags behind writes by moments. */
  owned(of: {
    readonly accountId: string;
    readonly limit: number;
    readonly changedSinceMs: number;
  }): Promise<readonly Model[]>;
  /** Reads what else is known of them: their latest versions and their counts. */
  describe(models: readonly Model[], atMs: number): Promise<readonly SearchDocument[]>;
}

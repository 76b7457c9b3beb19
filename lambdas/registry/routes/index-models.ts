/**
 * Brings the search index up to the truth, for models of which something was told. It reads what they are now and writes
 * that, so neither the order of events nor doubles matter. The state it began with must still be there when it writes:
 * so what it writes was read after everything in the state before, and never takes a newer model's place.
 */
import { changeCount, nextStamp, withChanges } from '../domain/search/index-head.ts';
import { maySeeModel } from '../domain/visibility.ts';
import type { ModelDirectory, SearchIndexStore } from '../ports/search.ts';
import type { Model } from '../ports.ts';

export interface IndexModelsPorts {
  readonly index: SearchIndexStore;
  readonly directory: Pick<ModelDirectory, 'findMany' | 'describe'>;
  /** Where there is no index yet. */
  readonly rebuild: () => Promise<void>;
  /** Puts the changes into the base. */
  readonly merge: () => Promise<void>;
  readonly clock: () => number;
  readonly wait: (tries: number) => Promise<void>;
}

/** Changes that are read with every new state: more are put into the base before the hour is over. */
export const CHANGE_LIMIT = 256;

const WRITE_TRIES = 10;

export type IndexOutcome = 'written' | 'rebuilt' | 'merged';

/** @throws Error when others were faster every time: the messages come again */
export const indexModels =
  (ports: IndexModelsPorts) =>
  async (names: readonly string[]): Promise<IndexOutcome> => {
    const { index, directory, clock } = ports;
    let rebuilt = false;
    for (let tries = 0; tries < WRITE_TRIES; tries++) {
      const before = await index.readHead();
      if (before.outcome !== 'read') {
        await ports.rebuild();
        rebuilt = true;
        // Another may have been faster, from a catalogue that did not have these yet.
        continue;
      }
      const { head, etag } = before;
      const atMs = nextStamp(head, clock());
      const models = await directory.findMany(names);
      const listed = [...models.values()].filter(isListed);
      const documents = await directory.describe(listed, atMs);
      const listedNames = new Set(listed.map(({ name }) => name));
      const removed = names.filter((name) => !listedNames.has(name));
      const next = withChanges(head, { documents, removed }, atMs);
      if (await index.writeHead(next, etag)) {
        if (changeCount(next) <= CHANGE_LIMIT) return rebuilt ? 'rebuilt' : 'written';
        await ports.merge();
        return 'merged';
      }
      await ports.wait(tries);
    }
    throw new Error(`the search index was changed by others ${WRITE_TRIES} times`);
  };

/** For all to see. */
export const isListed = (model: Model): boolean => maySeeModel(model, undefined);

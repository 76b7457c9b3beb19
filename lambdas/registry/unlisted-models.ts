/**
 * What an account finds in searches beside what all find: its own models, and private ones of others that it was let in
 * to. They are in no index, so they are read, and told from an environment's memory for seconds: what a search costs is
 * bounded, however much others share with the account. What is answered is read anew all the same.
 */
import { SharedReads } from './domain/shared-reads.ts';
import { isLetIn, isOwner, maySeeModel } from './domain/visibility.ts';
import type { Access, AccessStore } from './ports/access.ts';
import type { ModelDirectory } from './ports/search.ts';
import type { Model } from './ports.ts';

/** As long as a state of the index. */
const KEEP_MS = 2_000;
/** Accounts that are remembered: of each there may be thousands of models. */
const MAX_ACCOUNTS = 20;
/** Most that are told of an account's own, and of those it was let in to. */
const MODEL_LIMIT = 1_000;
/** Of one publisher: nobody shares so many that others' are not found. */
export const PUBLISHER_LIMIT = 200;
/** Most that are looked at, whatever became of them. */
const LOOK_LIMIT = 5_000;
/** Own models that all may see are found by the index, but for those that it may not know of yet. */
const INDEX_LAG_MS = 3_600_000;

export interface UnlistedModelsPorts {
  readonly directory: Pick<ModelDirectory, 'owned' | 'findMany'>;
  readonly access: Pick<AccessStore, 'ofAccount'>;
  readonly clock: () => number;
  /** @default 2 seconds */
  readonly keepMs?: number;
}

/** Own ones, then those of others. */
export type UnlistedModels = (accountId: string) => Promise<readonly Model[]>;

/** One per environment. */
export const unlistedModels = (ports: UnlistedModelsPorts): UnlistedModels => {
  const { directory, clock, keepMs = KEEP_MS } = ports;
  const reads = new SharedReads<readonly Model[]>({ clock, keepMs, maxCount: MAX_ACCOUNTS });
  const read = async (accountId: string) => {
    const [own, shared] = await Promise.all([
      directory.owned({ accountId, limit: MODEL_LIMIT, changedSinceMs: clock() - INDEX_LAG_MS }),
      sharedWith(ports, accountId),
    ]);
    return [...own, ...shared];
  };
  return (accountId) =>
    reads.get(
      accountId,
      () => read(accountId),
      () => true,
    );
};

/** Private models of others that the account was let in to, or has subscribed to. */
const sharedWith = async ({ access, directory }: UnlistedModelsPorts, accountId: string): Promise<readonly Model[]> => {
  const known = new Map<string, Access>();
  for await (const one of letIn(access, accountId)) known.set(one.model, one);
  if (known.size === 0) return [];
  const found = await directory.findMany([...known.keys()]);
  return [...found.values()].filter(
    (model) =>
      model.visibility === 'private' &&
      !isOwner(model, accountId) &&
      maySeeModel(model, accountId, known.get(model.name)),
  );
};

/** By model, so by publisher: where one has told enough, its others are passed over. */
async function* letIn(access: Pick<AccessStore, 'ofAccount'>, accountId: string): AsyncIterable<Access> {
  let lookedCount = 0;
  let toldCount = 0;
  let after: string | undefined;
  for (let isMore = true; isMore; ) {
    isMore = false;
    let told = { publisher: '', count: 0 };
    for await (const one of access.ofAccount(accountId, after)) {
      if (lookedCount++ === LOOK_LIMIT || toldCount === MODEL_LIMIT) return;
      if (!isLetIn(one)) continue;
      const publisher = one.model.slice(0, one.model.indexOf('.'));
      told = { publisher, count: told.publisher === publisher ? told.count + 1 : 1 };
      if (told.count > PUBLISHER_LIMIT) {
        after = `${publisher}.~`;
        isMore = true;
        break;
      }
      toldCount++;
      yield one;
    }
  }
}

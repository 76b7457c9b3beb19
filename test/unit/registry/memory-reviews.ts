// Reviews in memory, with the table's refusals: revisions, and one per account and model; what they add up to; who used what.
import { ratingChange } from '../../../lambdas/registry/domain/rating.ts';
import type { HistoryEntry } from '../../../lambdas/registry/ports/life.ts';
import type { ModelUsers } from '../../../lambdas/registry/ports/model-users.ts';
import type { Review, ReviewNews, ReviewStore } from '../../../lambdas/registry/ports/reviews.ts';
import type { ModelStats } from '../../../lambdas/registry/ports/stats.ts';

interface Surroundings {
  readonly events: string[];
  readonly tell: (event: string, model: string, more: Partial<HistoryEntry>) => void;
  /** Another caller that comes between. */
  readonly interrupt: () => Promise<unknown>;
}

export interface MemoryReviews extends ReviewStore {
  /** What reviews add up to, by model. */
  readonly stats: Map<string, ModelStats>;
}

const NONE: ModelStats = {
  ratingCount: 0,
  ratingSum: 0,
  starCounts: [0, 0, 0, 0, 0],
  callCount: 0,
  callerCount: 0,
  downloadCount: 0,
};

export const memoryReviews = ({ events, tell, interrupt }: Surroundings): MemoryReviews => {
  const all = new Map<string, Review>();
  const stats = new Map<string, ModelStats>();
  const ofAccount = (model: string, accountId: string) =>
    [...all.values()].find((one) => one.model === model && one.accountId === accountId);
  const count = (before: Review | undefined, after: Review | undefined, { type, act }: ReviewNews) => {
    const { model, accountId } = after ?? (before as Review);
    const known = stats.get(model) ?? NONE;
    const change = ratingChange(before, after);
    if (change.stars.size > 0)
      stats.set(model, {
        ...known,
        ratingCount: known.ratingCount + change.count,
        ratingSum: known.ratingSum + change.sum,
        starCounts: known.starCounts.map((stars, index) => stars + (change.stars.get(index + 1) ?? 0)),
      });
    if (act) tell(type, model, act);
    else events.push(`${type} ${model} ${accountId}`);
  };
  return {
    stats,
    find: async (model, id) => (all.get(id)?.model === model ? all.get(id) : undefined),
    findOf: async (model, accountId) => ofAccount(model, accountId),
    async *walk({ model, by, descending, after }) {
      const key = ({ rating, id }: Pick<Review, 'rating' | 'id'>) => (by === 'rating' ? `${rating}#${id}` : id);
      yield* [...all.values()]
        .filter((one) => one.model === model)
        .filter((one) => !after || (descending ? key(one) < key(after) : key(one) > key(after)))
        .sort((a, b) => (key(a) < key(b) !== descending ? -1 : 1));
    },
    save: async (before, after, news) => {
      await interrupt();
      if (before ? all.get(after.id)?.revision !== before.revision : ofAccount(after.model, after.accountId))
        return false;
      all.set(after.id, after);
      count(before, after, news);
      return true;
    },
    remove: async (review, news) => {
      await interrupt();
      if (all.get(review.id)?.revision !== review.revision) return false;
      all.delete(review.id);
      count(review, undefined, news);
      return true;
    },
  };
};

/** `used`: `acc_… publisher.model`. */
export const memoryUsers = (used: ReadonlySet<string>): ModelUsers => ({
  uses: async (accountId, model) => used.has(`${accountId} ${model}`),
});

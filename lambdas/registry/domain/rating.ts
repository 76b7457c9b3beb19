// What many ratings say of a model.
import type { Review } from '../ports/reviews.ts';
import type { ModelSums } from '../ports/stats.ts';

export const MAX_RATING = 5;

/** Counts as if so many had rated it so beforehand: one enthusiast does not make the best model. */
export const PRIOR_COUNT = 5;
export const PRIOR_RATING = 3.5;

/** The mean of all ratings and those of the prior; 0 where nobody rated. */
export const bayesianRating = ({ ratingCount, ratingSum }: Pick<ModelSums, 'ratingCount' | 'ratingSum'>): number =>
  ratingCount === 0 ? 0 : (PRIOR_COUNT * PRIOR_RATING + ratingSum) / (PRIOR_COUNT + ratingCount);

/** By how much a change of one review changes the stats. */
export interface RatingChange {
  readonly count: -1 | 0 | 1;
  readonly sum: number;
  /** Stars → by how much their count changes; without those that stay. */
  readonly stars: ReadonlyMap<number, number>;
}

/** @param before - undefined: there was none. @param after - undefined: there is none any more */
export const ratingChange = (before: Review | undefined, after: Review | undefined): RatingChange => {
  const was = countedRating(before);
  const is = countedRating(after);
  const stars = new Map<number, number>();
  if (was !== is) {
    if (was !== undefined) stars.set(was, -1);
    if (is !== undefined) stars.set(is, 1);
  }
  const count = was === undefined ? (is === undefined ? 0 : 1) : is === undefined ? -1 : 0;
  return { count, sum: (is ?? 0) - (was ?? 0), stars };
};

/** Of what is hidden, none. */
const countedRating = (review: Review | undefined) => (review?.hidden ? undefined : review?.rating);

/** GET /v1/models/{model}/reviews and …/{review} — what those who used a model say of it. */
import { DomainError } from '../../shared/kernel/errors.ts';
import { isId } from '../../shared/kernel/ids.ts';
import { decodeCursor, encodeCursor } from '../../shared/platform/cursor.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { pageOf } from '../domain/page-of.ts';
import { MAX_RATING } from '../domain/rating.ts';
import { PAGE_LIMIT_BYTES, withinBytes } from '../domain/within-bytes.ts';
import type { ReviewPlace, ReviewStore, ReviewWalk } from '../ports/reviews.ts';
import type { ModelDirectory } from '../ports/search.ts';
import type { ModelStats } from '../ports/stats.ts';
import { findVisible, type VisibleModels } from './find-model.ts';
import { findReview } from './find-review.ts';
import { etagOf, tellRating } from './tell-model.ts';
import { tellReview } from './tell-review.ts';

export interface ListReviewsPorts {
  readonly models: VisibleModels;
  readonly directory: Pick<ModelDirectory, 'statsOf'>;
  readonly reviews: Pick<ReviewStore, 'find' | 'walk'>;
}

/** Items looked at for one page. */
const LOOK_LIMIT = 1_000;

export const listReviews =
  ({ models, directory, reviews }: ListReviewsPorts): UseCase<typeof registryRoutes.listReviews> =>
  async ({ caller, params, query: { limit, cursor, sort } }) => {
    const { name } = await findVisible(models, caller, params.model);
    const filters = { list: 'reviews', model: name, sort };
    const after = placeOf(decodeCursor(cursor, filters));
    const walk: ReviewWalk = {
      model: name,
      by: sort.endsWith('rating') ? 'rating' : 'createdAt',
      descending: sort.startsWith('-'),
      after,
    };
    const [stats, page] = await Promise.all([
      directory.statsOf([name]),
      pageOf(reviews.walk(walk), { limit, lookLimit: LOOK_LIMIT, matches: ({ hidden }) => !hidden }),
    ]);
    const told = withinBytes(page.items.map(tellReview), PAGE_LIMIT_BYTES);
    const end = told.length < page.items.length ? page.items[told.length - 1] : page.last;
    const next = encodeCursor(end && { id: end.id, rating: end.rating }, filters);
    const known = stats.get(name);
    return {
      status: 200,
      body: { items: told, next, rating: tellRating(known), distribution: distributionOf(known) },
    };
  };

export const getReview =
  ({ models, reviews }: ListReviewsPorts): UseCase<typeof registryRoutes.getReview> =>
  async ({ caller, params }) => {
    const { name } = await findVisible(models, caller, params.model);
    const review = await findReview(reviews, name, params.review);
    return { status: 200, body: tellReview(review), headers: { etag: etagOf(review) } };
  };

const distributionOf = (stats: ModelStats | undefined) =>
  Array.from({ length: MAX_RATING }, (_, index) => {
    const rating = MAX_RATING - index;
    return { rating, count: stats?.starCounts[rating - 1] ?? 0 };
  });

/** A cursor is not signed, so what is in it is looked at like any other input. @throws DomainError invalid_cursor */
const placeOf = (content: Readonly<Record<string, string | number>> | undefined): ReviewPlace | undefined => {
  if (content === undefined) return undefined;
  const { id, rating } = content;
  const isPlace = typeof id === 'string' && isId('rvw', id) && typeof rating === 'number' && isRating(rating);
  if (isPlace) return { id, rating };
  throw new DomainError('invalid', 'invalid_cursor', "'query/cursor' must be the 'next' of a page of the same list");
};

const isRating = (rating: number) => Number.isInteger(rating) && rating >= 1 && rating <= MAX_RATING;

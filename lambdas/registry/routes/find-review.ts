// The review that a path names, as far as the caller may see it.
import { DomainError } from '../../shared/kernel/errors.ts';
import { isId } from '../../shared/kernel/ids.ts';
import type { Review, ReviewStore } from '../ports/reviews.ts';

/** To all but its author and operators, what is hidden is missing. @throws DomainError review_not_found */
export const findReview = async (reviews: Pick<ReviewStore, 'find'>, model: string, id: string): Promise<Review> => {
  const review = await findAnyReview(reviews, model, id);
  if (review.hidden) throw noReview(model, id);
  return review;
};

/** Hidden or not: for operators. @throws DomainError review_not_found */
export const findAnyReview = async (reviews: Pick<ReviewStore, 'find'>, model: string, id: string): Promise<Review> => {
  // An id that no review can have is as missing as any other.
  const review = isId('rvw', id) ? await reviews.find(model, id) : undefined;
  if (!review) throw noReview(model, id);
  return review;
};

const noReview = (model: string, id: string) =>
  new DomainError('not_found', 'review_not_found', `'${model}' has no review '${id}'`);

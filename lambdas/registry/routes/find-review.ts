// The review that a path names, as far as the caller may see it.
import { DomainError } from '../../shared/kernel/errors.ts';
import { isId } from '../../shared/kernel/ids.ts';
import type { Review, ReviewStore } from '../ports/reviews.ts';

/** @throws DomainError review_not_found */
export const findReview = async (reviews: Pick<ReviewStore, 'find'>, model: string, id: string): Promise<Review> => {
  // An id that no review can have is as missing as any other.
  const review = isId('rvw', id) ? await reviews.find(model, id) : undefined;
  if (!review) throw new DomainError('not_found', 'review_not_found', `'${model}' has no review '${id}'`);
  return review;
};

// A review as the API tells it: of its author the handle, and nothing else; that it is hidden, its author and operators.
import { toTimestamp } from '../../shared/kernel/clock.ts';
import type { Review } from '../ports/reviews.ts';

export const tellReview = (review: Review) => ({
  id: review.id,
  model: review.model,
  rating: review.rating,
  title: review.title ?? null,
  text: review.text ?? null,
  version: review.version ?? null,
  author: { handle: review.handle ?? null },
  verified: true,
  reply: review.reply
    ? {
        text: review.reply.text,
        createdAt: toTimestamp(review.reply.createdAtMs),
        updatedAt: toTimestamp(review.reply.updatedAtMs),
      }
    : null,
  createdAt: toTimestamp(review.createdAtMs),
  updatedAt: toTimestamp(review.updatedAtMs),
  editedAt: review.editedAtMs === undefined ? null : toTimestamp(review.editedAtMs),
});

/** To its author, and to operators. */
export const tellOwnReview = (review: Review) => ({
  ...tellReview(review),
  hidden: review.hidden ? { since: toTimestamp(review.hidden.atMs), reason: review.hidden.reason } : null,
});

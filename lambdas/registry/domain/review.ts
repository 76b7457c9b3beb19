// A review as its author writes it, as the publisher answers it, and as an operator hides it.
import type { Review, ReviewReply } from '../ports/reviews.ts';

/** What an author says; all of it takes the place of what was said before. */
export interface ReviewWords {
  readonly rating: number;
  readonly title?: string | undefined;
  readonly text?: string | undefined;
  readonly version?: string | undefined;
}

export interface ReviewAuthor {
  readonly accountId: string;
  readonly handle: string | undefined;
  readonly userId: string;
}

export interface Written {
  readonly model: string;
  readonly words: ReviewWords;
  readonly author: ReviewAuthor;
  /** Of a new review. */
  readonly id: string;
  readonly nowMs: number;
}

/** @param before - what the author wrote earlier @returns the same review when it says the same */
export const writeReview = (before: Review | undefined, { model, words, author, id, nowMs }: Written): Review => {
  const { accountId, handle, userId: writtenBy } = author;
  const said = { rating: words.rating, title: words.title, text: words.text, version: words.version };
  if (!before) {
    const times = { createdAtMs: nowMs, updatedAtMs: nowMs };
    return { id, model, accountId, handle, writtenBy, ...said, revision: 1, ...times };
  }
  if (saysTheSame(before, words)) return before;
  return {
    ...before,
    handle,
    writtenBy,
    ...said,
    editedAtMs: nowMs,
    revision: before.revision + 1,
    updatedAtMs: nowMs,
  };
};

const saysTheSame = (review: Review, words: ReviewWords): boolean =>
  review.rating === words.rating &&
  review.title === words.title &&
  review.text === words.text &&
  review.version === words.version;

/** @param text - undefined: the answer is taken back @returns the same review when nothing changes */
export const replyTo = (review: Review, text: string | undefined, nowMs: number): Review => {
  if (review.reply?.text === text) return review;
  const reply: ReviewReply | undefined =
    text === undefined ? undefined : { text, createdAtMs: review.reply?.createdAtMs ?? nowMs, updatedAtMs: nowMs };
  return { ...review, reply, revision: review.revision + 1, updatedAtMs: nowMs };
};

/** @param reason - undefined: it is shown again @returns the same review when nothing changes */
export const hideReview = (review: Review, reason: string | undefined, nowMs: number): Review => {
  if ((review.hidden === undefined) === (reason === undefined)) return review;
  const hidden = reason === undefined ? undefined : { atMs: nowMs, reason };
  return { ...review, hidden, revision: review.revision + 1, updatedAtMs: nowMs };
};

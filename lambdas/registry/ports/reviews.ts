// What is kept of reviews: one per account and model, and the publisher's answer in it.
import type { Act } from './act.ts';

export interface Review {
  /** `rvw_…`; a review that is written anew after it was deleted has a new one. */
  readonly id: string;
  readonly model: string;
  /** Whose it is: told to nobody but the account itself. */
  readonly accountId: string;
  /** As it was when the review was written last. */
  readonly handle?: string | undefined;
  /** Who wrote it last, `usr_…`. */
  readonly writtenBy: string;
  /** 1 to 5. */
  readonly rating: number;
  readonly title?: string | undefined;
  readonly text?: string | undefined;
  /** The version that it is about, where the author said so. */
  readonly version?: string | undefined;
  readonly reply?: ReviewReply | undefined;
  /** While an operator hides it: its author alone sees it, and it does not count. */
  readonly hidden?: { readonly atMs: number; readonly reason: string } | undefined;
  /** When its author changed it last. */
  readonly editedAtMs?: number | undefined;
  readonly revision: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface ReviewReply {
  readonly text: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** What of a review a list goes on after. */
export type ReviewPlace = Pick<Review, 'id' | 'rating'>;

export interface ReviewWalk {
  readonly model: string;
  readonly by: 'createdAt' | 'rating';
  readonly descending: boolean;
  /** The review to go on after. */
  readonly after: ReviewPlace | undefined;
}

/** What happened, to be told to the publisher; and to the author, where it is not the author's own doing. */
export interface ReviewNews {
  readonly type: `${string}.v1`;
  /** The model's account. */
  readonly owner: string;
  /** Kept in the model's history; never of an author, whom the publisher is not told of. */
  readonly act?: Act | undefined;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly nowMs: number;
}

export interface ReviewStore {
  /** Strongly consistent. */
  find(model: string, id: string): Promise<Review | undefined>;
  /** The account's own. Strongly consistent. */
  findOf(model: string, accountId: string): Promise<Review | undefined>;
  /** By time, strongly consistent; by rating it lags behind writes by moments. */
  walk(walk: ReviewWalk): AsyncIterable<Review>;
  /**
   * Writes the review as it shall be, counts its rating in the model's stats, and tells of it: all in one transaction.
   * @param before - the review that it takes the place of; undefined: it is the account's first
   * @returns false when another write came in between: nothing was changed
   */
  save(before: Review | undefined, after: Review, news: ReviewNews): Promise<boolean>;
  /** Takes it away, with its rating. @returns as above */
  remove(review: Review, news: ReviewNews): Promise<boolean>;
}

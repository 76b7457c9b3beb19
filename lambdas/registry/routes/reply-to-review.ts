/** POST DELETE /v1/models/{model}/reviews/{review}/reply — the publisher's answer, one per review. */
import { DomainError } from '../../shared/kernel/errors.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { replyTo } from '../domain/review.ts';
import { actOf } from '../ports/act.ts';
import type { ReviewStore } from '../ports/reviews.ts';
import { findOwn, type OwnModels } from './find-model.ts';
import { findReview } from './find-review.ts';
import { requireMatch } from './require-match.ts';
import { retryChanged } from './retry-changed.ts';
import { etagOf } from './tell-model.ts';
import { tellReview } from './tell-review.ts';

export interface ReplyPorts extends OwnModels {
  readonly reviews: Pick<ReviewStore, 'find' | 'save'>;
}

export const replyToReview =
  (ports: ReplyPorts): UseCase<typeof registryRoutes.replyToReview> =>
  async ({ caller, params, headers, body, nowMs }) => {
    const model = await findOwn(ports, caller, params.model);
    const { review, isNew } = await retryChanged(async () => {
      const before = await findReview(ports.reviews, model.name, params.review);
      requireMatch(headers['if-match'], etagOf(before), 'review');
      const review = replyTo(before, body.text, nowMs);
      const isNew = before.reply === undefined;
      if (review === before) return { review, isNew };
      const data = { reply: isNew ? 'written' : 'changed' };
      const news = { type: 'ReviewReplied.v1', owner: model.ownerAccountId, act: actOf(caller), data, nowMs } as const;
      return (await ports.reviews.save(before, review, news)) ? { review, isNew } : undefined;
    });
    const etag = etagOf(review);
    const location = `/v1/models/${model.name}/reviews/${review.id}`;
    return isNew
      ? { status: 201, body: tellReview(review), headers: { etag, location } }
      : { status: 200, body: tellReview(review), headers: { etag } };
  };

export const deleteReply =
  (ports: ReplyPorts): UseCase<typeof registryRoutes.deleteReply> =>
  async ({ caller, params, headers, nowMs }) => {
    const model = await findOwn(ports, caller, params.model);
    await retryChanged(async () => {
      const before = await findReview(ports.reviews, model.name, params.review);
      if (!before.reply) throw new DomainError('not_found', 'reply_not_found', `'${before.id}' has no reply`);
      requireMatch(headers['if-match'], etagOf(before), 'review');
      const data = { reply: 'deleted' };
      const news = { type: 'ReviewReplied.v1', owner: model.ownerAccountId, act: actOf(caller), data, nowMs } as const;
      return (await ports.reviews.save(before, replyTo(before, undefined, nowMs), news)) || undefined;
    });
    return { status: 204 };
  };

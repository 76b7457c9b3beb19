/** GET PUT DELETE /v1/models/{model}/reviews/mine — one review per account and model, of those who used it. */
import { DomainError } from '../../shared/kernel/errors.ts';
import type { Caller } from '../../shared/platform/caller.ts';
import { newId } from '../../shared/platform/new-id.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { callCall } from '../domain/mending-calls.ts';
import { writeReview } from '../domain/review.ts';
import { isOwner } from '../domain/visibility.ts';
import type { ModelUsers } from '../ports/model-users.ts';
import type { Review, ReviewStore } from '../ports/reviews.ts';
import type { Model, VersionStore } from '../ports.ts';
import { findVisible, type OwnModels } from './find-model.ts';
import { requireMatch } from './require-match.ts';
import { retryChanged } from './retry-changed.ts';
import { etagOf } from './tell-model.ts';
import { tellOwnReview } from './tell-review.ts';

export interface MyReviewPorts extends OwnModels {
  readonly versions: Pick<VersionStore, 'find'>;
  readonly reviews: Pick<ReviewStore, 'findOf' | 'save' | 'remove'>;
  readonly users: ModelUsers;
}

export const getMyReview =
  (ports: MyReviewPorts): UseCase<typeof registryRoutes.getMyReview> =>
  async ({ caller, params }) => {
    const model = await findReviewed(ports, caller, params.model);
    const review = await ports.reviews.findOf(model.name, caller.accountId);
    if (!review) throw noReview(model);
    return { status: 200, body: tellOwnReview(review), headers: { etag: etagOf(review) } };
  };

export const putMyReview =
  (ports: MyReviewPorts): UseCase<typeof registryRoutes.putMyReview> =>
  async ({ caller, params, headers, body, nowMs }) => {
    const model = await findReviewed(ports, caller, params.model);
    if (isOwner(model, caller.accountId)) throw ownModel(model);
    await requirePublished(ports.versions, model, body.version);
    const { review, isNew } = await retryChanged(async () => {
      const before = await ports.reviews.findOf(model.name, caller.accountId);
      requireMatch(headers['if-match'], before && etagOf(before), 'review');
      if (!before && !(await ports.users.uses(caller.accountId, model.name))) throw needsUse(model);
      const author = { accountId: caller.accountId, handle: caller.handle, userId: caller.userId };
      const written = { model: model.name, words: body, author, id: newId('rvw', nowMs), nowMs };
      const review = writeReview(before, written);
      if (review === before) return { review, isNew: false };
      const type = before ? 'ReviewChanged.v1' : 'ReviewPosted.v1';
      const saved = await ports.reviews.save(before, review, { type, owner: model.ownerAccountId, nowMs });
      return saved ? { review, isNew: before === undefined } : undefined;
    });
    const etag = etagOf(review);
    return isNew
      ? {
          status: 201,
          body: tellOwnReview(review),
          headers: { etag, location: `/v1/models/${model.name}/reviews/mine` },
        }
      : { status: 200, body: tellOwnReview(review), headers: { etag } };
  };

export const deleteMyReview =
  (ports: MyReviewPorts): UseCase<typeof registryRoutes.deleteMyReview> =>
  async ({ caller, params, headers, nowMs }) => {
    const model = await findReviewed(ports, caller, params.model);
    await retryChanged(async () => {
      const review = await ports.reviews.findOf(model.name, caller.accountId);
      if (!review) throw noReview(model);
      requireMatch(headers['if-match'], etagOf(review), 'review');
      if (review.hidden) throw hiddenReview(review);
      const news = { type: 'ReviewDeleted.v1', owner: model.ownerAccountId, nowMs } as const;
      return (await ports.reviews.remove(review, news)) || undefined;
    });
    return { status: 204 };
  };

/** @throws DomainError model_not_found, permission_denied (a bound key) */
const findReviewed = async ({ models, requireModel }: OwnModels, caller: Caller, name: string): Promise<Model> => {
  const model = await findVisible(models, caller, name);
  requireModel(caller, name);
  return model;
};

/** @throws DomainError validation_failed */
const requirePublished = async (
  versions: Pick<VersionStore, 'find'>,
  { name }: Model,
  version: string | undefined,
): Promise<void> => {
  if (version === undefined) return;
  if ((await versions.find(name, version))?.publishedAtMs !== undefined) return;
  const detail = `must be a published version of '${name}', got '${version}'`;
  throw new DomainError('invalid', 'validation_failed', `'/version' ${detail}`, {
    errors: [{ pointer: '/version', detail }],
  });
};

const noReview = ({ name }: Model) =>
  new DomainError('not_found', 'review_not_found', `the account has not reviewed '${name}'`);

const ownModel = ({ name }: Model) =>
  new DomainError('forbidden', 'review_of_own_model', `'${name}' is the account's own; reviews are others' words`);

/** Else it would be written anew, and shown. */
const hiddenReview = ({ model, hidden }: Review) =>
  new DomainError(
    'conflict',
    'review_hidden',
    `an operator hid the review of '${model}': ${hidden?.reason}; it may be changed, and is deleted once it is shown again`,
  );

const needsUse = ({ name }: Model) =>
  new DomainError(
    'forbidden',
    'review_needs_use',
    `'${name}' is reviewed by who used it: call it with POST /v2/models/${name}/infer; a call is known here a few minutes after it was made`,
    { links: [callCall(name)] },
  );

/** /v1/admin/moderation/models/{model}… — operators suspend and reinstate models, hide and show reviews. */
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { hideReview as hide } from '../domain/review.ts';
import { suspendModel as suspend } from '../domain/suspension.ts';
import { type Act, operatorAct } from '../ports/act.ts';
import type { SuspensionStore } from '../ports/reports.ts';
import type { ReviewStore } from '../ports/reviews.ts';
import type { ModelDirectory } from '../ports/search.ts';
import type { ModelStore } from '../ports.ts';
import { findAnyModel } from './find-model.ts';
import { findAnyReview } from './find-review.ts';
import { retryChanged } from './retry-changed.ts';
import { etagOf, tellWithStats } from './tell-model.ts';
import { tellOwnReview } from './tell-review.ts';

export interface ModerateModelsPorts {
  readonly models: Pick<ModelStore, 'find'>;
  readonly directory: Pick<ModelDirectory, 'statsOf'>;
  readonly suspensions: SuspensionStore;
  readonly reviews: Pick<ReviewStore, 'find' | 'save'>;
}

export const suspendModel =
  (ports: ModerateModelsPorts): UseCase<typeof registryRoutes.suspendModel> =>
  async ({ caller, params, body: { reason }, nowMs }) =>
    setSuspension(ports, params.model, { suspended: reason, act: operatorAct(caller, reason), nowMs });

export const reinstateModel =
  (ports: ModerateModelsPorts): UseCase<typeof registryRoutes.reinstateModel> =>
  async ({ caller, params, body: { reason }, nowMs }) =>
    setSuspension(ports, params.model, { suspended: undefined, act: operatorAct(caller, reason), nowMs });

interface Wanted {
  readonly act: Act;
  readonly nowMs: number;
}

const setSuspension = async (
  { models, directory, suspensions }: ModerateModelsPorts,
  name: string,
  { suspended, act, nowMs }: Wanted & { readonly suspended: string | undefined },
) => {
  const model = await retryChanged(async () => {
    const before = await findAnyModel(models, name);
    const after = suspend(before, suspended, nowMs);
    if (after === before) return before;
    return (await suspensions.save(after, act)) ? after : undefined;
  });
  return { status: 200 as const, body: await tellWithStats(directory, model), headers: { etag: etagOf(model) } };
};

export const hideReview =
  (ports: ModerateModelsPorts): UseCase<typeof registryRoutes.hideReview> =>
  async ({ caller, params, body: { reason }, nowMs }) =>
    setHidden(ports, params, { hidden: reason, act: operatorAct(caller, reason), nowMs });

export const showReview =
  (ports: ModerateModelsPorts): UseCase<typeof registryRoutes.showReview> =>
  async ({ caller, params, body: { reason }, nowMs }) =>
    setHidden(ports, params, { hidden: undefined, act: operatorAct(caller, reason), nowMs });

const setHidden = async (
  { models, reviews }: ModerateModelsPorts,
  params: { readonly model: string; readonly review: string },
  { hidden, act, nowMs }: Wanted & { readonly hidden: string | undefined },
) => {
  const { name, ownerAccountId: owner } = await findAnyModel(models, params.model);
  const review = await retryChanged(async () => {
    const before = await findAnyReview(reviews, name, params.review);
    const after = hide(before, hidden, nowMs);
    if (after === before) return before;
    const type = hidden === undefined ? 'ReviewRestored.v1' : 'ReviewRemoved.v1';
    const news = { type, owner, act, data: { reason: act.reason }, nowMs } as const;
    return (await reviews.save(before, after, news)) ? after : undefined;
  });
  return { status: 200 as const, body: tellOwnReview(review), headers: { etag: etagOf(review) } };
};

/** PATCH /v1/models/{model} — all of a patch, or nothing. */
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { changeModel, fieldsChanged } from '../domain/change-model.ts';
import { downloadsOf } from '../domain/downloads.ts';
import { requireShowable } from '../domain/notice.ts';
import { isWidened } from '../domain/visibility.ts';
import { actOf } from '../ports/act.ts';
import type { ModelDirectory } from '../ports/search.ts';
import type { Model, ModelStore, PublishedStore, RequirePricing } from '../ports.ts';
import { requireLive } from './change-life.ts';
import { findOwn, type OwnModels } from './find-model.ts';
import { requireMatch } from './require-match.ts';
import { retryChanged } from './retry-changed.ts';
import { etagOf, tellWithStats } from './tell-model.ts';

export interface UpdateModelPorts extends OwnModels {
  readonly models: Pick<ModelStore, 'find' | 'change'>;
  readonly directory: Pick<ModelDirectory, 'statsOf'>;
  readonly published: Pick<PublishedStore, 'list'>;
  readonly requirePricing: RequirePricing;
  readonly requireGranting: RequirePricing;
}

export const updateModel =
  (ports: UpdateModelPorts): UseCase<typeof registryRoutes.updateModel> =>
  async ({ caller, params, headers, body, nowMs }) => {
    if (body.price || body.requiresSubscription !== undefined) ports.requirePricing(caller);
    const model = await retryChanged(async () => {
      const found = await findOwn(ports, caller, params.model);
      requireLive(found);
      requireMatch(headers['if-match'], etagOf(found), 'model');
      const changed = changeModel(found, body, nowMs);
      if (changed === found) return found;
      if (opens(found, changed)) ports.requireGranting(caller);
      if (found.visibility === 'private' && changed.visibility !== 'private') {
        requireShowable(await ports.published.list(found.name), nowMs);
      }
      const told = { changed: fieldsChanged(found, changed), act: actOf(caller) };
      return (await ports.models.change(changed, told)) ? changed : undefined;
    });
    return { status: 200, body: await tellWithStats(ports.directory, model), headers: { etag: etagOf(model) } };
  };

/** Gives to all, and for good, what one account may not be given without that permission. */
const opens = (before: Model, after: Model): boolean =>
  isWidened(before, after) || (downloadsOf(before) === 'refused' && downloadsOf(after) === 'allowed');

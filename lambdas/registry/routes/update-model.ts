/** PATCH /v1/models/{model} — all of a patch, or nothing. */
import { DomainError } from '../../shared/kernel/errors.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { changeModel } from '../domain/change-model.ts';
import type { ModelStore, RequirePricing } from '../ports.ts';
import { findOwn, type OwnModels } from './find-model.ts';
import { retryChanged } from './retry-changed.ts';
import { etagOf, tellModel } from './tell-model.ts';

export interface UpdateModelPorts extends OwnModels {
  readonly models: Pick<ModelStore, 'find' | 'change'>;
  readonly requirePricing: RequirePricing;
}

export const updateModel =
  (ports: UpdateModelPorts): UseCase<typeof registryRoutes.updateModel> =>
  async ({ caller, params, headers, body, nowMs }) => {
    if (body.price) ports.requirePricing(caller);
    const model = await retryChanged(async () => {
      const found = await findOwn(ports, caller, params.model);
      if (!holds(headers['if-match'], etagOf(found))) throw changedMeanwhile();
      const changed = changeModel(found, body, nowMs);
      return changed === found || (await ports.models.change(changed)) ? changed : undefined;
    });
    return { status: 200, body: tellModel(model), headers: { etag: etagOf(model) } };
  };

const holds = (ifMatch: string | undefined, etag: string) =>
  ifMatch === undefined || ifMatch.trim() === '*' || ifMatch.split(',').some((tag) => tag.trim() === etag);

const changedMeanwhile = () =>
  new DomainError('precondition_failed', 'precondition_failed', "'if-match' must be the model's present ETag");

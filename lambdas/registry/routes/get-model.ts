/** GET /v1/models/{model} */
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import type { ModelStore } from '../ports.ts';
import { findVisible } from './find-model.ts';
import { etagOf, tellModel } from './tell-model.ts';

export const getModel =
  (models: Pick<ModelStore, 'find'>): UseCase<typeof registryRoutes.getModel> =>
  async ({ caller, params }) => {
    const model = await findVisible(models, caller, params.model);
    return { status: 200, body: tellModel(model), headers: { etag: etagOf(model) } };
  };

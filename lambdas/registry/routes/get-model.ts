/** GET /v1/models/{model} */
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import type { ModelDirectory } from '../ports/search.ts';
import { findVisible, type VisibleModels } from './find-model.ts';
import { etagOf, tellWithStats } from './tell-model.ts';

export interface GetModelPorts {
  readonly models: VisibleModels;
  readonly directory: Pick<ModelDirectory, 'statsOf'>;
}

export const getModel =
  ({ models, directory }: GetModelPorts): UseCase<typeof registryRoutes.getModel> =>
  async ({ caller, params }) => {
    const model = await findVisible(models, caller, params.model);
    return { status: 200, body: await tellWithStats(directory, model), headers: { etag: etagOf(model) } };
  };

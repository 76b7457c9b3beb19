// The use cases of api/models.ts, over the registry's stores.
import type { UseCases } from '../../shared/platform/route.ts';
import type { modelRoutes } from '../api/models.ts';
import { createModel } from '../routes/create-model.ts';
import { getModel } from '../routes/get-model.ts';
import { listModels } from '../routes/list-models.ts';
import { updateModel } from '../routes/update-model.ts';
import type { RegistryParts } from './parts.ts';

export const modelUseCases = (parts: RegistryParts): UseCases<typeof modelRoutes> => ({
  createModel: createModel(parts),
  listModels: listModels(parts),
  getModel: getModel(parts),
  updateModel: updateModel(parts),
});

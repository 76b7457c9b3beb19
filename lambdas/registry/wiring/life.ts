// The use cases of api/life.ts, over the registry's stores.
import type { UseCases } from '../../shared/platform/route.ts';
import type { lifeRoutes } from '../api/life.ts';
import { deleteModel } from '../routes/delete-model.ts';
import { deprecateVersion, retireVersion, undeprecateVersion } from '../routes/deprecate-version.ts';
import { getReceipt } from '../routes/get-receipt.ts';
import { listHistory } from '../routes/list-history.ts';
import type { RegistryParts } from './parts.ts';

export const lifeUseCases = (parts: RegistryParts): UseCases<typeof lifeRoutes> => ({
  deprecateVersion: deprecateVersion(parts),
  undeprecateVersion: undeprecateVersion(parts),
  retireVersion: retireVersion(parts),
  getReceipt: getReceipt(parts),
  deleteModel: deleteModel(parts),
  listHistory: listHistory(parts),
});

// The use cases of api/manifests.ts, over the registry's stores.
import type { UseCases } from '../../shared/platform/route.ts';
import type { manifestRoutes } from '../api/manifests.ts';
import { getManifest } from '../routes/get-manifest.ts';
import { listManifestKeys } from '../routes/list-manifest-keys.ts';
import type { RegistryParts } from './parts.ts';

export const manifestUseCases = (
  parts: Pick<RegistryParts, 'models' | 'versions' | 'manifestKeys'>,
): UseCases<typeof manifestRoutes> => ({
  getManifest: getManifest(parts),
  listManifestKeys: listManifestKeys(parts),
});

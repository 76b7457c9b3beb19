// The use cases of api/manifests.ts and api/examples.ts, over the registry's stores.
import type { UseCases } from '../../shared/platform/route.ts';
import type { exampleRoutes } from '../api/examples.ts';
import type { manifestRoutes } from '../api/manifests.ts';
import { getExamples } from '../routes/get-examples.ts';
import { getManifest } from '../routes/get-manifest.ts';
import { listManifestKeys } from '../routes/list-manifest-keys.ts';
import type { RegistryParts } from './parts.ts';

export const manifestUseCases = (
  parts: Pick<RegistryParts, 'models' | 'versions' | 'manifestKeys' | 'readArtifact'>,
): UseCases<typeof manifestRoutes & typeof exampleRoutes> => ({
  getExamples: getExamples(parts),
  getManifest: getManifest(parts),
  listManifestKeys: listManifestKeys(parts),
});

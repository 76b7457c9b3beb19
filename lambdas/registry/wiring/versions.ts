// The use cases of api/versions.ts, over the registry's stores.
import type { UseCases } from '../../shared/platform/route.ts';
import type { versionRoutes } from '../api/versions.ts';
import { completeVersion } from '../routes/complete-version.ts';
import { createVersion } from '../routes/create-version.ts';
import { getVersion } from '../routes/get-version.ts';
import { listVersions } from '../routes/list-versions.ts';
import { publishVersion } from '../routes/publish-version.ts';
import { releaseVersion } from '../routes/release-version.ts';
import type { RegistryParts } from './parts.ts';

export const versionUseCases = (parts: RegistryParts): UseCases<typeof versionRoutes> => ({
  createVersion: createVersion(parts),
  listVersions: listVersions(parts),
  getVersion: getVersion(parts),
  completeVersion: completeVersion(parts),
  publishVersion: publishVersion(parts),
  releaseVersion: releaseVersion(parts),
});

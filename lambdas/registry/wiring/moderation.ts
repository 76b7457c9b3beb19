// The use cases of api/moderation.ts, over the registry's stores.
import type { UseCases } from '../../shared/platform/route.ts';
import type { moderationRoutes } from '../api/moderation.ts';
import { releaseAnyVersion } from '../routes/release-version.ts';
import type { RegistryParts } from './parts.ts';

export const moderationUseCases = (parts: RegistryParts): UseCases<typeof moderationRoutes> => ({
  releaseAnyVersion: releaseAnyVersion(parts),
});

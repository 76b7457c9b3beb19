// The use cases of api/reviews.ts, over the registry's stores.
import type { UseCases } from '../../shared/platform/route.ts';
import type { reviewRoutes } from '../api/reviews.ts';
import type { RegistryParts } from './parts.ts';

export const reviewUseCases = (_parts: RegistryParts): UseCases<typeof reviewRoutes> => ({});

// The use cases of api/cards.ts, over the registry's stores.
import type { UseCases } from '../../shared/platform/route.ts';
import type { cardRoutes } from '../api/cards.ts';
import { getCard } from '../routes/get-card.ts';
import { putCard } from '../routes/put-card.ts';
import type { RegistryParts } from './parts.ts';

export const cardUseCases = (
  parts: Pick<RegistryParts, 'models' | 'versions' | 'cards' | 'requireModel'>,
): UseCases<typeof cardRoutes> => ({
  getCard: getCard(parts),
  putCard: putCard(parts),
});

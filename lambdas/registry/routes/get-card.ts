/** GET /v1/models/{model}/card */
import { DomainError } from '../../shared/kernel/errors.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import type { CardStore } from '../ports/cards.ts';
import { findVisible, type VisibleModels } from './find-model.ts';
import { type TellCardPorts, tellCard } from './tell-card.ts';
import { etagOf } from './tell-model.ts';

export interface GetCardPorts extends TellCardPorts {
  readonly models: VisibleModels;
  readonly cards: Pick<CardStore, 'find'>;
}

export const getCard =
  (ports: GetCardPorts): UseCase<typeof registryRoutes.getCard> =>
  async ({ caller, params }) => {
    const model = await findVisible(ports.models, caller, params.model);
    const card = await ports.cards.find(model.name);
    if (!card) throw new DomainError('not_found', 'card_not_found', `'${model.name}' has no card`);
    return { status: 200, body: await tellCard(ports, model, card), headers: { etag: etagOf(card) } };
  };

// Cards in memory, with the table's refusals: revisions, and models of others.
import type { CardStore, StoredCard } from '../../../lambdas/registry/ports/cards.ts';
import type { HistoryEntry } from '../../../lambdas/registry/ports/life.ts';
import type { Model } from '../../../lambdas/registry/ports.ts';

interface Surroundings {
  readonly models: Map<string, Model>;
  readonly tell: (event: string, model: string, more: Partial<HistoryEntry>) => void;
  /** Another caller that comes between. */
  readonly interrupt: () => Promise<unknown>;
}

export const memoryCards = ({ models, tell, interrupt }: Surroundings): CardStore => {
  const cards = new Map<string, StoredCard>();
  return {
    find: async (model) => cards.get(model),
    save: async (card, { accountId, act }) => {
      await interrupt();
      const { model, revision } = card;
      if ((cards.get(model)?.revision ?? 0) !== revision - 1) return false;
      if (models.get(model)?.ownerAccountId !== accountId) return false;
      cards.set(model, card);
      tell('ModelCardChanged.v1', model, { ...act, data: { model, revision } });
      return true;
    },
  };
};

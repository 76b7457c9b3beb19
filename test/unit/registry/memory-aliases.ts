// Aliases in memory, with the table's refusals: revisions, versions that may not be called, too many.
import { LATEST } from '../../../lambdas/registry/domain/alias-name.ts';
import type { Alias } from '../../../lambdas/registry/ports/aliases.ts';
import type { HistoryEntry } from '../../../lambdas/registry/ports/life.ts';
import type { AliasStore, Model } from '../../../lambdas/registry/ports.ts';
import { ALIAS_LIMIT } from '../../../lambdas/registry/terms.ts';

interface Surroundings {
  readonly models: Map<string, Model>;
  readonly isPublished: (model: string, version: string) => boolean;
  readonly tell: (event: string, model: string, more: Partial<HistoryEntry>) => void;
  /** Another caller that comes between. */
  readonly interrupt: () => Promise<unknown>;
}

export const memoryAliases = ({ models, isPublished, tell, interrupt }: Surroundings) => {
  const aliases = new Map<string, Alias>();
  const idOf = ({ model, alias }: Pick<Alias, 'model' | 'alias'>) => `${model} ${alias}`;
  const isNext = (alias: Alias) => (aliases.get(idOf(alias))?.revision ?? 0) === alias.revision - 1;
  const of = (model: string) => [...aliases.values()].filter((alias) => alias.model === model);

  const store: AliasStore = {
    find: async (model, alias) => aliases.get(idOf({ model, alias })),
    list: async (model) => of(model).sort((a, b) => (a.alias < b.alias ? -1 : 1)),

    save: async (alias, model, { type, how, before, act }) => {
      await interrupt();
      if (!isNext(alias)) return 'changed';
      const isLatest = alias.alias === LATEST;
      if (isLatest && models.get(model.name)?.revision !== model.revision - 1) return 'changed';
      const others = of(model.name).filter((one) => one.alias !== LATEST);
      if (!before && !isLatest && others.length >= ALIAS_LIMIT) return 'limit';
      const moves = alias.moveCount !== before?.moveCount;
      if (moves && !alias.targets.every(({ version }) => isPublished(model.name, version))) return 'target';
      aliases.set(idOf(alias), alias);
      if (isLatest) models.set(model.name, model);
      tell(type, model.name, { ...act, data: { alias: alias.alias, how, targets: alias.targets } });
      return 'saved';
    },

    remove: async (alias, model, { type, act }) => {
      await interrupt();
      if (aliases.get(idOf(alias))?.revision !== alias.revision) return false;
      aliases.delete(idOf(alias));
      tell(type, model.name, { ...act, data: { alias: alias.alias } });
      return true;
    },
  };

  return {
    store,
    isNext,
    put: (alias: Alias) => aliases.set(idOf(alias), alias),
  };
};

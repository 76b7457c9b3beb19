// Models by the hundred, over stores that know them one by one.
import { describeModel } from '../../lambdas/registry/domain/search/describe-model.ts';
import { maySeeModel } from '../../lambdas/registry/domain/visibility.ts';
import type { ModelDirectory } from '../../lambdas/registry/ports/search.ts';
import type { ModelStats } from '../../lambdas/registry/ports/stats.ts';
import type { Model, ModelStore, VersionStore } from '../../lambdas/registry/ports.ts';

export const directoryOf = (stores: {
  readonly models: Pick<ModelStore, 'find' | 'walk'>;
  readonly versions: Pick<VersionStore, 'find'>;
  readonly reviews?: { readonly stats?: ReadonlyMap<string, ModelStats> } | undefined;
}): ModelDirectory => ({
  findMany: async (names) => {
    const found = new Map<string, Model>();
    for (const name of names) {
      const model = await stores.models.find(name);
      if (model) found.set(name, model);
    }
    return found;
  },
  statsOf: async () => stores.reviews?.stats ?? new Map(),
  owned: async ({ accountId, limit, changedSinceMs }) => {
    const walk = { ownerAccountId: accountId, publisher: undefined, after: undefined, descending: false };
    const owned: Model[] = [];
    for await (const model of stores.models.walk(walk)) {
      if (maySeeModel(model, undefined) && model.updatedAtMs < changedSinceMs) continue;
      if (owned.length < limit) owned.push(model);
    }
    return owned;
  },
  describe: (models, atMs) =>
    Promise.all(
      models.map(async (model) => {
        const { name, latestVersion } = model;
        const version = latestVersion === undefined ? undefined : await stores.versions.find(name, latestVersion);
        return describeModel(model, { version, stats: stores.reviews?.stats?.get(name) }, atMs);
      }),
    ),
});

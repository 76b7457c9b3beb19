// The registry's stores in memory, with the same refusals as the table's: revisions, names once, claims.

import { sortKeyOf } from '../../../lambdas/registry/domain/version-order.ts';
import type {
  Alias,
  AliasStore,
  Model,
  ModelStore,
  PublishedStore,
  Uploads,
  Version,
  VersionStore,
} from '../../../lambdas/registry/ports.ts';
import type { IdempotencyClaim } from '../../../lambdas/shared/platform/route.ts';

export interface MemoryRegistry {
  readonly models: ModelStore;
  readonly versions: VersionStore;
  readonly aliases: AliasStore;
  readonly published: PublishedStore;
  readonly uploads: Uploads;
  /** Events told, in order: `type model version`. */
  readonly events: string[];
  /** What lies in quarantine, by key. */
  readonly objects: Map<string, { sizeBytes: number; sha256: string | undefined }>;
  /** Run before the next write, once: another caller that comes between. */
  between: (() => Promise<unknown>) | undefined;
  /** How often a model or a published version was read. */
  readCount: number;
  settleAs(model: string, version: string, change: Partial<Version>): void;
}

export const memoryRegistry = (): MemoryRegistry => {
  const models = new Map<string, Model>();
  const versions = new Map<string, Version>();
  const aliases = new Map<string, Alias>();
  const claims = new Map<string, string>();
  const idOf = (model: string, version: string) => `${model} ${version}`;

  const claim = (accountId: string, idempotency: IdempotencyClaim | undefined) => {
    if (!idempotency) return undefined;
    const key = `${accountId} ${idempotency.key}`;
    const earlier = claims.get(key);
    if (earlier === undefined) return { keep: () => claims.set(key, idempotency.requestSha256) };
    return earlier === idempotency.requestSha256 ? ('replay' as const) : ('claim_reused' as const);
  };

  const registry: MemoryRegistry = {
    events: [],
    objects: new Map(),
    between: undefined,
    readCount: 0,
    settleAs: (model, version, change) => {
      const found = versions.get(idOf(model, version));
      if (!found) throw new Error(`no version ${model} ${version}`);
      versions.set(idOf(model, version), { ...found, ...change, revision: found.revision + 1 });
    },

    models: {
      find: async (name) => {
        registry.readCount++;
        return models.get(name);
      },
      create: async ({ model, idempotency }) => {
        const claimed = claim(model.ownerAccountId, idempotency);
        if (claimed === 'claim_reused') return { outcome: claimed };
        const found = models.get(model.name);
        if (claimed === 'replay' && found) return { outcome: 'replay', made: found };
        if (found) return { outcome: 'exists' };
        if (typeof claimed === 'object') claimed.keep();
        models.set(model.name, model);
        return { outcome: 'created' };
      },
      change: async (model) => {
        await interrupt();
        if (models.get(model.name)?.revision !== model.revision - 1) return false;
        models.set(model.name, model);
        return true;
      },
      async *walk({ ownerAccountId, publisher, after, descending }) {
        const found = [...models.values()]
          .filter((model) =>
            ownerAccountId === undefined
              ? model.visibility === 'public' && model.publishedCount > 0
              : model.ownerAccountId === ownerAccountId,
          )
          .filter(({ name }) => publisher === undefined || name.startsWith(`${publisher}.`))
          .filter(({ name }) => after === undefined || (descending ? name < after : name > after))
          .sort((a, b) => (a.name < b.name !== descending ? -1 : 1));
        yield* found;
      },
    },

    versions: {
      find: async (model, version) => versions.get(idOf(model, version)),
      create: async ({ version, idempotency }) => {
        const claimed = claim(version.ownerAccountId, idempotency);
        if (claimed === 'claim_reused') return { outcome: claimed };
        const id = idOf(version.model, version.version);
        const found = versions.get(id);
        if (claimed === 'replay' && found) return { outcome: 'replay', made: found };
        if (found) return { outcome: 'exists' };
        if (typeof claimed === 'object') claimed.keep();
        versions.set(id, version);
        return { outcome: 'created' };
      },
      list: async ({ model, publishedOnly, limit, after }) => {
        const found = sorted(model)
          .filter(({ state }) => !publishedOnly || state === 'published')
          .filter(({ version }) => after === undefined || sortKeyOf(version) < sortKeyOf(after));
        const items = found.slice(0, limit);
        return { items, last: found.length > limit ? items.at(-1)?.version : undefined };
      },
      renew: (version) => next(version),
      complete: (version) => next(version, 'VersionCompleted.v1'),
      settle: (version) => next(version, version.rejection ? 'VersionRejected.v1' : 'VersionValidated.v1'),
      publish: async ({ version, model, latest }) => {
        await interrupt();
        if (models.get(model.name)?.revision !== model.revision - 1) return false;
        if (!(await next(version, 'ModelPublished.v1'))) return false;
        models.set(model.name, model);
        if (latest) aliases.set(idOf(latest.model, latest.alias), latest);
        return true;
      },
    },

    aliases: {
      find: async (model, alias) => aliases.get(idOf(model, alias)),
      list: async (model) => [...aliases.values()].filter((alias) => alias.model === model),
    },

    published: {
      find: async (model, version) => {
        registry.readCount++;
        const found = versions.get(idOf(model, version));
        return found?.state === 'published' ? found : undefined;
      },
      names: async (model) =>
        sorted(model)
          .filter(({ state }) => state === 'published')
          .map(({ version }) => version),
    },

    uploads: {
      begin: async (key, sizeBytes) =>
        sizeBytes <= 1000 ? { kind: 'form', key } : { kind: 'parts', key, uploadId: 'upload-1' },
      address: async (plan) =>
        plan.kind === 'form'
          ? { method: 'POST', url: 'https://quarantine.example/', fields: { key: plan.key } }
          : { method: 'PUT', partSizeBytes: 1000, parts: [{ number: 1, url: 'https://quarantine.example/1' }] },
      join: async (_, parts) => (parts.every(({ etag }) => etag === 'good') ? 'joined' : 'parts_differ'),
      head: async (key) => {
        const object = registry.objects.get(key);
        return object && { versionId: 'object-version-1', ...object };
      },
    },
  };

  const sorted = (model: string) =>
    [...versions.values()]
      .filter((version) => version.model === model)
      .sort((a, b) => (sortKeyOf(a.version) > sortKeyOf(b.version) ? -1 : 1));

  const interrupt = async () => {
    const { between } = registry;
    registry.between = undefined;
    await between?.();
  };

  const next = async (version: Version, event?: string) => {
    await interrupt();
    const id = idOf(version.model, version.version);
    if (versions.get(id)?.revision !== version.revision - 1) return false;
    versions.set(id, version);
    if (event) registry.events.push(`${event} ${id}`);
    return true;
  };

  return registry;
};

export const validated = {
  signature: {
    inputs: [{ name: 'X', datatype: 'FP32', shape: [-1, 4], dims: ['n', 4] }],
    outputs: [{ name: 'y', datatype: 'INT64', shape: [-1], dims: ['n'] }],
    batchInput: 'X',
  },
  artifact: { key: `sha256/${'a'.repeat(64)}`, sha256: 'a'.repeat(64), sizeBytes: 3 },
  envelope: { peakBytes: 1, loadMs: 1, runMs: 1 },
  lane: 'run-2gib',
} as const satisfies Version['validated'];

// The registry's stores in memory, with the same refusals as the table's: revisions, names once, claims.

import { sortKeyOf } from '../../../lambdas/registry/domain/version-order.ts';
import { isCallable } from '../../../lambdas/registry/domain/version-state.ts';
import type { AccessStore } from '../../../lambdas/registry/ports/access.ts';
import { type Act, PLATFORM } from '../../../lambdas/registry/ports/act.ts';
import type { CardStore } from '../../../lambdas/registry/ports/cards.ts';
import type { DueItem, HistoryEntry, HistoryStore, LifeStore } from '../../../lambdas/registry/ports/life.ts';
import type { ModelUsers } from '../../../lambdas/registry/ports/model-users.ts';
import type { ReportStore, SuspensionStore } from '../../../lambdas/registry/ports/reports.ts';
import type { OfferStore } from '../../../lambdas/registry/ports/subscriptions.ts';
import type { TermsStore } from '../../../lambdas/registry/ports/terms.ts';
import type {
  AliasStore,
  HealthStore,
  Model,
  ModelStore,
  PublishedStore,
  Uploads,
  Version,
  VersionStore,
} from '../../../lambdas/registry/ports.ts';
import type { IdempotencyClaim } from '../../../lambdas/shared/platform/route.ts';
import { memoryAccess, memoryOffers, memoryTerms } from './memory-access.ts';
import { memoryAliases } from './memory-aliases.ts';
import { memoryCards } from './memory-cards.ts';
import { memoryHealth } from './memory-health.ts';
import { memoryLife } from './memory-life.ts';
import { memoryModeration } from './memory-moderation.ts';
import { type MemoryReviews, memoryReviews, memoryUsers } from './memory-reviews.ts';

export interface MemoryRegistry {
  readonly models: ModelStore;
  readonly versions: VersionStore;
  readonly aliases: AliasStore;
  readonly cards: CardStore;
  readonly published: PublishedStore;
  readonly health: HealthStore;
  readonly access: AccessStore;
  readonly terms: TermsStore;
  readonly offers: OfferStore;
  readonly reviews: MemoryReviews;
  readonly users: ModelUsers;
  readonly reports: ReportStore;
  readonly suspensions: SuspensionStore;
  /** Who used what: `acc_… publisher.model`. */
  readonly used: Set<string>;
  readonly uploads: Uploads;
  /** Events told, in order, but of what was created: `type model version`. */
  readonly events: string[];
  /** Who did what, in order. */
  readonly entries: HistoryEntry[];
  readonly history: HistoryStore;
  readonly life: LifeStore;
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
  const claims = new Map<string, string>();
  const idOf = (model: string, version: string) => `${model} ${version}`;

  const claim = (accountId: string, idempotency: IdempotencyClaim | undefined) => {
    if (!idempotency) return undefined;
    const key = `${accountId} ${idempotency.key}`;
    const earlier = claims.get(key);
    if (earlier === undefined) return { keep: () => claims.set(key, idempotency.requestSha256) };
    return earlier === idempotency.requestSha256 ? ('replay' as const) : ('claim_reused' as const);
  };

  const events: string[] = [];
  const ends = new Map<string, DueItem>();
  const entries: HistoryEntry[] = [];
  /** An event and its entry. */
  const tell = (event: string, model: string, more: Partial<HistoryEntry>) => {
    // What is only begun is nobody's news: tests of what is told leave it out.
    if (!event.includes('Created'))
      events.push(`${event} ${model}${more.version === undefined ? '' : ` ${more.version}`}`);
    const id = `evt_${String(entries.length).padStart(26, '0')}`;
    entries.push({ id, atMs: 0, event, model, by: PLATFORM, data: {}, ...more });
  };
  const isPublished = (model: string, version: string) => {
    const found = versions.get(idOf(model, version));
    return found !== undefined && isCallable(found.state);
  };
  const aliases = memoryAliases({ models, isPublished, tell, interrupt: () => interrupt() });
  const used = new Set<string>();
  const reviews = memoryReviews({ events, tell, interrupt: () => interrupt() });
  const registry: MemoryRegistry = {
    events,
    entries,
    reviews,
    ...memoryModeration({ models, reviews, events, tell, interrupt: () => interrupt() }),
    users: memoryUsers(used),
    used,
    cards: memoryCards({ models, tell, interrupt: () => interrupt() }),
    health: memoryHealth(tell),
    history: memoryHistory(entries),
    access: memoryAccess(
      {
        model: async (name) => models.get(name),
        offer: (model, offerId) => registry.offers.find(model, offerId),
      },
      events,
      ends,
    ),
    terms: memoryTerms({ change: (model, told) => registry.models.change(model, told) }),
    offers: memoryOffers({ change: (model, told) => registry.models.change(model, told) }, events),
    life: memoryLife({
      models,
      versions,
      aliases,
      ends,
      next: (version, event, act) => next(version, event, act),
      tell: (event, model, more) => tell(event, model, more),
      interrupt: () => interrupt(),
    }),
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
      create: async ({ model, idempotency, act }) => {
        const claimed = claim(model.ownerAccountId, idempotency);
        if (claimed === 'claim_reused') return { outcome: claimed };
        const found = models.get(model.name);
        if (claimed === 'replay' && found) return { outcome: 'replay', made: found };
        if (found) return { outcome: 'exists' };
        if (typeof claimed === 'object') claimed.keep();
        models.set(model.name, model);
        tell('ModelCreated.v1', model.name, act);
        return { outcome: 'created' };
      },
      change: async (model, { changed, act }) => {
        await interrupt();
        if (models.get(model.name)?.revision !== model.revision - 1) return false;
        models.set(model.name, model);
        tell('ModelChanged.v1', model.name, { ...act, data: { changed } });
        return true;
      },
      async *walk({ ownerAccountId, publisher, after, descending }) {
        const found = [...models.values()]
          .filter((model) =>
            ownerAccountId === undefined
              ? model.visibility !== 'private' && model.publishedCount > 0 && !model.withdrawal && !model.suspension
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
      create: async ({ version, idempotency, act }) => {
        const claimed = claim(version.ownerAccountId, idempotency);
        if (claimed === 'claim_reused') return { outcome: claimed };
        const id = idOf(version.model, version.version);
        const found = versions.get(id);
        if (claimed === 'replay' && found) return { outcome: 'replay', made: found };
        if (found) return { outcome: 'exists' };
        if (typeof claimed === 'object') claimed.keep();
        versions.set(id, version);
        tell('VersionCreated.v1', version.model, { ...act, version: version.version, to: version.state });
        return { outcome: 'created' };
      },
      list: async ({ model, publishedOnly, limit, after }) => {
        const found = sorted(model)
          .filter(({ state }) => !publishedOnly || isCallable(state))
          .filter(({ version }) => after === undefined || sortKeyOf(version) < sortKeyOf(after));
        const items = found.slice(0, limit);
        return { items, last: found.length > limit ? items.at(-1)?.version : undefined };
      },
      renew: (version) => next(version),
      complete: (version, act) => next(version, 'VersionCompleted.v1', act),
      settle: (version) => next(version, version.rejection ? 'VersionRejected.v1' : 'VersionValidated.v1'),
      publish: async ({ version, model, latest, act }) => {
        await interrupt();
        if (models.get(model.name)?.revision !== model.revision - 1) return false;
        if (latest && !aliases.isNext(latest)) return false;
        if (!(await next(version, 'ModelPublished.v1', act))) return false;
        models.set(model.name, model);
        if (latest) aliases.put(latest);
        return true;
      },
    },

    aliases: aliases.store,

    published: {
      find: async (model, version) => {
        registry.readCount++;
        const found = versions.get(idOf(model, version));
        return found?.publishedAtMs === undefined ? undefined : found;
      },
      list: async (model) =>
        sorted(model)
          .filter(({ state }) => isCallable(state))
          .map(({ version, deprecation }) => ({ version, sunsetAtMs: deprecation?.sunsetAtMs })),
      names: async (model) => (await registry.published.list(model)).map(({ version }) => version),
    },

    uploads: {
      arrived: async () => new Map(),
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

  const next = async (version: Version, event?: string, act: Act = { by: PLATFORM }) => {
    await interrupt();
    const id = idOf(version.model, version.version);
    const before = versions.get(id);
    if (before?.revision !== version.revision - 1) return false;
    versions.set(id, version);
    if (event) tell(event, version.model, { ...act, version: version.version, from: before.state, to: version.state });
    return true;
  };

  return registry;
};

const memoryHistory = (entries: readonly HistoryEntry[]): HistoryStore => ({
  list: async ({ model, limit, after }) => {
    const found = entries
      .filter((entry) => entry.model === model && (after === undefined || entry.id < after))
      .reverse();
    const items = found.slice(0, limit);
    return { items, last: found.length > limit ? items.at(-1)?.id : undefined };
  },
});

export const validated = {
  signature: {
    inputs: [{ name: 'X', datatype: 'FP32', shape: [-1, 4], dims: ['n', 4] }],
    outputs: [{ name: 'y', datatype: 'INT64', shape: [-1], dims: ['n'] }],
    batchInput: 'X',
  },
  artifact: { key: `sha256/${'a'.repeat(64)}`, sha256: 'a'.repeat(64), sizeBytes: 3 },
  envelope: { peakBytes: 1, loadMs: 1, runMs: 1 },
  lane: 'run-2gib',
  products: [],
} as const satisfies Version['validated'];

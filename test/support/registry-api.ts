// The registry's API over whatever stores a test gives it; who calls is the name in `Authorization: Bearer <name>`.
import { requireModel, requirePermission } from '../../lambdas/accounts/gateway.ts';
import type { ReadQuota } from '../../lambdas/billing/contract.ts';
import { registryRoutes } from '../../lambdas/registry/contract.ts';
import { huggingFaceErrorHeaders } from '../../lambdas/registry/domain/hugging-face-errors.ts';
import type { AccessStore } from '../../lambdas/registry/ports/access.ts';
import type { CardStore } from '../../lambdas/registry/ports/cards.ts';
import type { DownloadCounts, LinkDownload } from '../../lambdas/registry/ports/downloads.ts';
import type { HistoryStore, LifeStore } from '../../lambdas/registry/ports/life.ts';
import type { ManifestKeys } from '../../lambdas/registry/ports/manifests.ts';
import type { ModelUsers } from '../../lambdas/registry/ports/model-users.ts';
import type { ReportStore, SuspensionStore } from '../../lambdas/registry/ports/reports.ts';
import type { ReviewStore } from '../../lambdas/registry/ports/reviews.ts';
import type { ModelDirectory } from '../../lambdas/registry/ports/search.ts';
import type { ModelStats } from '../../lambdas/registry/ports/stats.ts';
import type { OfferStore } from '../../lambdas/registry/ports/subscriptions.ts';
import type { TermsStore } from '../../lambdas/registry/ports/terms.ts';
import type {
  AliasStore,
  HealthStore,
  ModelStore,
  PublishedStore,
  Uploads,
  VersionStore,
} from '../../lambdas/registry/ports.ts';
import { completeVersion } from '../../lambdas/registry/routes/complete-version.ts';
import { createModel } from '../../lambdas/registry/routes/create-model.ts';
import { createVersion } from '../../lambdas/registry/routes/create-version.ts';
import { deleteAlias } from '../../lambdas/registry/routes/delete-alias.ts';
import { deleteModel } from '../../lambdas/registry/routes/delete-model.ts';
import {
  deprecateVersion,
  retireVersion,
  undeprecateVersion,
} from '../../lambdas/registry/routes/deprecate-version.ts';
import { getAlias } from '../../lambdas/registry/routes/get-alias.ts';
import { getModel } from '../../lambdas/registry/routes/get-model.ts';
import { getReceipt } from '../../lambdas/registry/routes/get-receipt.ts';
import { getVersion } from '../../lambdas/registry/routes/get-version.ts';
import { listAliases } from '../../lambdas/registry/routes/list-aliases.ts';
import { listHistory } from '../../lambdas/registry/routes/list-history.ts';
import { listModels } from '../../lambdas/registry/routes/list-models.ts';
import { listVersions } from '../../lambdas/registry/routes/list-versions.ts';
import { publishVersion } from '../../lambdas/registry/routes/publish-version.ts';
import { releaseVersion } from '../../lambdas/registry/routes/release-version.ts';
import { rollBackAlias } from '../../lambdas/registry/routes/roll-back-alias.ts';
import { setAlias } from '../../lambdas/registry/routes/set-alias.ts';
import { updateModel } from '../../lambdas/registry/routes/update-model.ts';
import type { CurrentIndex } from '../../lambdas/registry/search-index.ts';
import { unlistedModels } from '../../lambdas/registry/unlisted-models.ts';
import { accessUseCasesOf } from '../../lambdas/registry/wiring/access.ts';
import { cardUseCases } from '../../lambdas/registry/wiring/cards.ts';
import { fileUseCases } from '../../lambdas/registry/wiring/files.ts';
import { huggingFaceUseCases } from '../../lambdas/registry/wiring/hugging-face.ts';
import { manifestUseCases } from '../../lambdas/registry/wiring/manifests.ts';
import { moderationUseCases } from '../../lambdas/registry/wiring/moderation.ts';
import { reviewUseCases } from '../../lambdas/registry/wiring/reviews.ts';
import { subscriptionUseCases } from '../../lambdas/registry/wiring/subscriptions.ts';
import { createApi } from '../../lambdas/shared/platform/api.ts';
import type { Caller } from '../../lambdas/shared/platform/caller.ts';
import { callHandler, type HttpAnswer } from './http-event.ts';
import { directoryOf } from './model-directory.ts';
import { unlimited } from './unlimited.ts';

export interface RegistryStores {
  readonly models: ModelStore;
  readonly versions: VersionStore;
  readonly aliases: AliasStore;
  readonly uploads: Uploads;
  readonly health: HealthStore;
  /** @default over the stores */
  readonly directory?: ModelDirectory;
  /** @default - none */
  readonly index?: CurrentIndex;
  readonly history: HistoryStore;
  readonly access: AccessStore;
  readonly terms: TermsStore;
  readonly life: LifeStore;
  readonly published: PublishedStore;
  readonly counts?: DownloadCounts;
  readonly linkDownload?: LinkDownload;
  readonly offers: OfferStore;
  /** @default - no call was made */
  readonly readQuota?: ReadQuota;
  readonly cards: CardStore;
  readonly reviews?: ReviewStore & { readonly stats?: ReadonlyMap<string, ModelStats> };
  readonly users?: ModelUsers;
  /** @default - none */
  readonly manifestKeys?: ManifestKeys;
  readonly reports?: ReportStore;
  readonly suspensions?: SuspensionStore;
  readonly readArtifact?: (key: string) => Promise<Uint8Array>;
}

export interface As {
  /** Account and handle at once: `acme` is `acc_acme` with the handle `acme`. undefined: nobody. */
  readonly who?: string | undefined;
  readonly change?: Partial<Caller>;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** @returns a call of the API: `call('GET', '/v1/models', { who: 'acme' })` */
export const registryApi = (stores: RegistryStores) => {
  const change = new Map<string, Partial<Caller>>();
  const directory = stores.directory ?? directoryOf(stores);
  const ports = {
    manifestKeys: missing('manifestKeys'),
    readArtifact: () => Promise.reject(new Error("the test has no 'readArtifact'")),
    counts: missing('counts'),
    linkDownload: missing('linkDownload'),
    reviews: missing('reviews'),
    users: missing('users'),
    reports: missing('reports'),
    suspensions: missing('suspensions'),
    directory,
    // Nothing is remembered: a test asks as soon as it has changed something.
    unlisted: unlistedModels({ directory, access: stores.access, clock: Date.now, keepMs: 0 }),
    index: async () => undefined,
    readQuota: async () => 0,
    ...stores,
    models: { ...stores.models, accessOf: stores.access.find },
    // Every account that a test names is there, but for `nobody`.
    findAccount: async (named: string) =>
      named === 'nobody' ? undefined : { accountId: named.startsWith('acc_') ? named : `acc_${named}`, handle: named },
    requireModel,
    requirePricing: (caller: Pick<Caller, 'role' | 'scopes'>) => requirePermission(caller, 'models:price'),
    requireGranting: (caller: Pick<Caller, 'role' | 'scopes'>) => requirePermission(caller, 'models:grant'),
    requireProtecting: (caller: Pick<Caller, 'role' | 'scopes'>) => requirePermission(caller, 'models:protect'),
  };
  const handler = createApi({
    limit: unlimited,
    errorHeaders: huggingFaceErrorHeaders,
    routes: registryRoutes,
    authenticate: async ({ authorization }) => {
      const who = authorization?.replace('Bearer ', '');
      return who === undefined ? undefined : { ...callerNamed(who), ...change.get(who) };
    },
    useCases: {
      createModel: createModel(ports),
      listModels: listModels(ports),
      getModel: getModel(ports),
      updateModel: updateModel(ports),
      createVersion: createVersion(ports),
      listVersions: listVersions(ports),
      getVersion: getVersion(ports),
      completeVersion: completeVersion(ports),
      releaseVersion: releaseVersion(ports),
      ...moderationUseCases(ports),
      publishVersion: publishVersion(ports),
      listHistory: listHistory(ports),
      deprecateVersion: deprecateVersion(ports),
      undeprecateVersion: undeprecateVersion(ports),
      retireVersion: retireVersion(ports),
      getReceipt: getReceipt(ports),
      deleteModel: deleteModel(ports),
      listAliases: listAliases(ports),
      getAlias: getAlias(ports),
      ...accessUseCasesOf(ports),
      ...cardUseCases(ports),
      ...fileUseCases(ports),
      ...manifestUseCases(ports),
      ...huggingFaceUseCases(ports),
      setAlias: setAlias(ports),
      rollBackAlias: rollBackAlias(ports),
      deleteAlias: deleteAlias(ports),
      ...subscriptionUseCases(ports),
      ...reviewUseCases(ports),
    },
  });
  return (method: string, path: string, as: As = {}): Promise<HttpAnswer> => {
    if (as.who !== undefined) change.set(as.who, as.change ?? {});
    return callHandler(handler, {
      method,
      path,
      ...(as.query === undefined ? {} : { query: as.query }),
      headers: { ...(as.who === undefined ? {} : { authorization: `Bearer ${as.who}` }), ...as.headers },
      body: as.body,
    });
  };
};

const callerNamed = (name: string): Caller => ({
  accountId: `acc_${name}`,
  handle: name,
  userId: `usr_${name}`,
  role: 'owner',
  operator: false,
  via: 'token',
  keyId: undefined,
  scopes: undefined,
  models: undefined,
});

/** A model's description as a publisher sends it. */
export const newModel = (name: string, more: object = {}) => ({
  name,
  summary: 'Which of three irises a flower is',
  task: 'tabular-classification',
  license: 'Apache-2.0',
  visibility: 'public',
  ...more,
});

/** For a store that the test has none of: whoever needs it fails. */
const missing = (name: string): never =>
  new Proxy({}, { get: () => () => Promise.reject(new Error(`the test has no '${name}'`)) }) as never;

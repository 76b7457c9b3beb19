// The registry's API over whatever stores a test gives it; who calls is the name in `Authorization: Bearer <name>`.
import { requireModel, requirePermission } from '../../lambdas/accounts/gateway.ts';
import { registryRoutes } from '../../lambdas/registry/contract.ts';
import type { AliasStore, ModelStore, Uploads, VersionStore } from '../../lambdas/registry/ports.ts';
import { completeVersion } from '../../lambdas/registry/routes/complete-version.ts';
import { createModel } from '../../lambdas/registry/routes/create-model.ts';
import { createVersion } from '../../lambdas/registry/routes/create-version.ts';
import { getAlias } from '../../lambdas/registry/routes/get-alias.ts';
import { getModel } from '../../lambdas/registry/routes/get-model.ts';
import { getVersion } from '../../lambdas/registry/routes/get-version.ts';
import { listAliases } from '../../lambdas/registry/routes/list-aliases.ts';
import { listModels } from '../../lambdas/registry/routes/list-models.ts';
import { listVersions } from '../../lambdas/registry/routes/list-versions.ts';
import { publishVersion } from '../../lambdas/registry/routes/publish-version.ts';
import { updateModel } from '../../lambdas/registry/routes/update-model.ts';
import { createApi } from '../../lambdas/shared/platform/api.ts';
import type { Caller } from '../../lambdas/shared/platform/caller.ts';
import { callHandler, type HttpAnswer } from './http-event.ts';

export interface RegistryStores {
  readonly models: ModelStore;
  readonly versions: VersionStore;
  readonly aliases: AliasStore;
  readonly uploads: Uploads;
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
  const ports = {
    ...stores,
    requireModel,
    requirePricing: (caller: Pick<Caller, 'role' | 'scopes'>) => requirePermission(caller, 'models:price'),
  };
  const handler = createApi({
    routes: registryRoutes,
    authenticate: async ({ authorization }) => {
      const who = authorization?.replace('Bearer ', '');
      return who === undefined ? undefined : { ...callerNamed(who), ...change.get(who) };
    },
    useCases: {
      createModel: createModel(ports),
      listModels: listModels(ports.models),
      getModel: getModel(ports.models),
      updateModel: updateModel(ports),
      createVersion: createVersion(ports),
      listVersions: listVersions(ports),
      getVersion: getVersion(ports),
      completeVersion: completeVersion(ports),
      publishVersion: publishVersion(ports),
      listAliases: listAliases(ports),
      getAlias: getAlias(ports),
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

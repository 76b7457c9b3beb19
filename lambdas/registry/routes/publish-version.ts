/** POST /v1/models/{model}/versions/{version}/publish — from now on it can be called. */
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { LATEST, publishVersion as publication } from '../domain/publish-version.ts';
import type { AliasStore, VersionStore } from '../ports.ts';
import { findOwn, findVersion, type OwnModels } from './find-model.ts';
import { retryChanged } from './retry-changed.ts';
import { etagOf } from './tell-model.ts';
import { tellVersion } from './tell-version.ts';

export interface PublishVersionPorts extends OwnModels {
  readonly versions: Pick<VersionStore, 'find' | 'publish'>;
  readonly aliases: Pick<AliasStore, 'find'>;
}

export const publishVersion =
  (ports: PublishVersionPorts): UseCase<typeof registryRoutes.publishVersion> =>
  async ({ caller, params, nowMs }) => {
    const version = await retryChanged(async () => {
      const model = await findOwn(ports, caller, params.model);
      const [found, latest] = await Promise.all([
        findVersion(ports.versions, model, params.version, caller.accountId),
        ports.aliases.find(model.name, LATEST),
      ]);
      const change = publication({ version: found, model, latest }, nowMs);
      if (!change) return found;
      return (await ports.versions.publish(change)) ? change.version : undefined;
    });
    return { status: 200, body: tellVersion(version), headers: { etag: etagOf(version) } };
  };

/** GET /v1/models/{model}/versions/{version} */
import { viewerOf } from '../../accounts/gateway.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import type { HealthStore, ModelStore, VersionStore } from '../ports.ts';
import { findVersion, findVisible } from './find-model.ts';
import { versionEtag } from './tell-model.ts';
import { tellVersion } from './tell-version.ts';

export interface GetVersionPorts {
  readonly models: Pick<ModelStore, 'find'>;
  readonly versions: Pick<VersionStore, 'find'>;
  readonly health: Pick<HealthStore, 'find'>;
}

export const getVersion =
  ({ models, versions, health }: GetVersionPorts): UseCase<typeof registryRoutes.getVersion> =>
  async ({ caller, params }) => {
    const model = await findVisible(models, caller, params.model);
    const version = await findVersion(versions, model, params.version, viewerOf(caller, model.name));
    const fared = await health.find(model.name, version.version);
    return { status: 200, body: tellVersion(version, fared), headers: { etag: versionEtag(version, fared) } };
  };

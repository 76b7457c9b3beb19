/** GET /v1/models/{model}/versions/{version}/manifest — a DSSE envelope over the text that the version's signature is of. */
import { viewerOf } from '../../accounts/gateway.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { manifestText } from '../domain/manifest.ts';
import { MANIFEST_TYPE } from '../domain/manifest-type.ts';
import type { VersionStore } from '../ports.ts';
import { findVersion, findVisible, type VisibleModels } from './find-model.ts';

export interface GetManifestPorts {
  readonly models: VisibleModels;
  readonly versions: Pick<VersionStore, 'find'>;
}

export const getManifest =
  ({ models, versions }: GetManifestPorts): UseCase<typeof registryRoutes.getManifest> =>
  async ({ caller, params }) => {
    const model = await findVisible(models, caller, params.model);
    const version = await findVersion(versions, model, params.version, viewerOf(caller, model.name));
    const { validated } = version;
    if (!validated?.manifest) {
      const message = `'${model.name}' ${version.version} has no manifest: it is signed once it is validated`;
      throw new DomainError('not_found', 'manifest_not_found', message);
    }
    const { keyId: keyid, signature: sig } = validated.manifest;
    const payload = Buffer.from(manifestText(version, validated, validated.manifest)).toString('base64');
    return { status: 200, body: { payloadType: MANIFEST_TYPE, payload, signatures: [{ keyid, sig }] } };
  };

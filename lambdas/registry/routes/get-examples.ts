/** GET /v1/models/{model}/versions/{version}/examples — calls to try the version with, and what it answered to them. */
import { viewerOf } from '../../accounts/gateway.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import type { VersionStore } from '../ports.ts';
import { findVersion, findVisible, type VisibleModels } from './find-model.ts';

export interface GetExamplesPorts {
  readonly models: VisibleModels;
  readonly versions: Pick<VersionStore, 'find'>;
  /** An object of the artifacts bucket, whole. */
  readonly readArtifact: (key: string) => Promise<Uint8Array>;
}

export const getExamples =
  ({ models, versions, readArtifact }: GetExamplesPorts): UseCase<typeof registryRoutes.getExamples> =>
  async ({ caller, params }) => {
    const model = await findVisible(models, caller, params.model);
    const version = await findVersion(versions, model, params.version, viewerOf(caller, model.name));
    const examples = version.state === 'retired' ? undefined : version.validated?.examples;
    if (!examples) {
      const message = `'${model.name}' ${version.version} has no examples: it answered none, or is not validated, or retired`;
      throw new DomainError('not_found', 'examples_not_found', message);
    }
    // As it lies there: whole numbers keep every digit.
    const body = Buffer.from(await readArtifact(examples.key)).toString('utf8');
    return { status: 200, body, headers: { 'content-type': 'application/json' } };
  };

/** POST /v1/models/{model}/versions/{version}/complete — pins what arrived and has it scanned. */
import { DomainError } from '../../shared/kernel/errors.ts';
import type { RouteRequest, UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { nextState } from '../domain/version-state.ts';
import type { Uploads, Version, VersionStore } from '../ports.ts';
import { findOwn, findVersion, type OwnModels } from './find-model.ts';
import { retryChanged } from './retry-changed.ts';
import { etagOf } from './tell-model.ts';
import { tellVersion } from './tell-version.ts';

type Route = typeof registryRoutes.completeVersion;

export interface CompleteVersionPorts extends OwnModels {
  readonly versions: Pick<VersionStore, 'find' | 'complete'>;
  readonly uploads: Pick<Uploads, 'join' | 'head'>;
}

export const completeVersion =
  (ports: CompleteVersionPorts): UseCase<Route> =>
  async ({ caller, params, body, nowMs }) => {
    const model = await findOwn(ports, caller, params.model);
    const version = await retryChanged(async () => {
      const found = await findVersion(ports.versions, model, params.version, caller.accountId);
      const state = nextState(found.state, 'complete');
      if (state === undefined) return found;
      const pinnedVersionId = await pin(ports.uploads, found, body);
      const changed = { ...found, state, pinnedVersionId, revision: found.revision + 1, updatedAtMs: nowMs };
      return (await ports.versions.complete(changed)) ? changed : undefined;
    });
    return { status: 202, body: tellVersion(version), headers: { etag: etagOf(version) } };
  };

/** @returns S3's id of the upload that counts from now on. @throws DomainError upload_missing, upload_mismatch, validation_failed */
const pin = async (
  uploads: CompleteVersionPorts['uploads'],
  version: Version,
  body: RouteRequest<Route>['body'],
): Promise<string> => {
  await join(uploads, version, body);
  const { file, upload } = version;
  const there = await uploads.head(upload.key);
  if (!there) {
    throw new DomainError('conflict', 'upload_missing', `'${file.path}' has not arrived at the address given for it`);
  }
  if (there.sizeBytes !== file.sizeBytes) {
    throw mismatch(`'${file.path}' must have ${file.sizeBytes} bytes as announced, got ${there.sizeBytes}`);
  }
  if (there.sha256 !== undefined && there.sha256 !== file.sha256) {
    throw mismatch(`'${file.path}' must have the SHA-256 ${file.sha256} as announced, got ${there.sha256}`);
  }
  return there.versionId;
};

const join = async (uploads: CompleteVersionPorts['uploads'], version: Version, body: RouteRequest<Route>['body']) => {
  const parts = body?.uploads[0]?.parts;
  if (version.upload.kind === 'form') {
    if (parts) throw invalid(`'uploads' must be absent: '${version.file.path}' was not to be uploaded in parts`);
    return;
  }
  if (!parts) throw invalid("'uploads' must hold the parts' numbers and ETags: the file was to be uploaded in parts");
  if ((await uploads.join(version.upload, parts)) === 'parts_differ') {
    throw mismatch(`the parts of '${version.file.path}' must be all that were uploaded, each with the ETag it got`);
  }
};

const mismatch = (message: string) => new DomainError('conflict', 'upload_mismatch', message);

const invalid = (message: string) =>
  new DomainError('invalid', 'validation_failed', message, {
    errors: [{ pointer: '/uploads', detail: message.replace(/^'uploads' /, '') }],
  });

/** POST /v1/models/{model}/versions/{version}/complete — pins what arrived and has it scanned. */
import { DomainError } from '../../shared/kernel/errors.ts';
import type { RouteRequest, UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { nextState } from '../domain/version-state.ts';
import { actOf } from '../ports/act.ts';
import type { UploadPlan, Uploads, Version, VersionFile, VersionStore } from '../ports.ts';
import { requireLive } from './change-life.ts';
import { findOwn, findVersion, type OwnModels } from './find-model.ts';
import { planOf } from './plan-of.ts';
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
    requireLive(model);
    const version = await retryChanged(async () => {
      const found = await findVersion(ports.versions, model, params.version, caller.accountId);
      const state = nextState(found.state, 'complete');
      if (state === undefined) return found;
      const pinnedVersionIds = await pinAll(ports.uploads, found, body);
      const changed = { ...found, state, pinnedVersionIds, revision: found.revision + 1, updatedAtMs: nowMs };
      return (await ports.versions.complete(changed, actOf(caller))) ? changed : undefined;
    });
    return { status: 202, body: tellVersion(version), headers: { etag: etagOf(version) } };
  };

type Body = RouteRequest<Route>['body'];
type UploadsPort = CompleteVersionPorts['uploads'];

/** Each file's pin, in their order. @throws DomainError upload_missing, upload_mismatch, validation_failed */
const pinAll = async (uploads: UploadsPort, version: Version, body: Body): Promise<string[]> => {
  for (const [index, { path }] of (body?.uploads ?? []).entries()) {
    if (!version.files.some((file) => file.path === path)) {
      throw invalid(`'uploads' must name files that were announced, got '${path}'`, `/uploads/${index}/path`);
    }
  }
  // What is wrong with the list is told before anything is put together.
  const joins = version.files.map((file, index) => joinOf(file, planOf(version, index), body));
  for (const { file, plan, parts } of joins) {
    if (parts && (await uploads.join(plan, parts)) === 'parts_differ') {
      throw mismatch(`the parts of '${file.path}' must be all that were uploaded, each with the ETag it got`);
    }
  }
  return Promise.all(joins.map(({ file, plan }) => pin(uploads, file, plan)));
};

/** @returns S3's id of the upload that counts from now on */
const pin = async (uploads: UploadsPort, file: VersionFile, plan: UploadPlan): Promise<string> => {
  const there = await uploads.head(plan.key);
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

const joinOf = (file: VersionFile, plan: UploadPlan, body: Body) => {
  const parts = body?.uploads.find(({ path }) => path === file.path)?.parts;
  if (plan.kind === 'form' && parts) {
    throw invalid(`'uploads' must not name '${file.path}': it was not to be uploaded in parts`);
  }
  if (plan.kind === 'parts' && !parts) {
    throw invalid(`'uploads' must hold the parts' numbers and ETags of '${file.path}': it was to be uploaded in parts`);
  }
  return { file, plan, parts };
};

const mismatch = (message: string) => new DomainError('conflict', 'upload_mismatch', message);

const invalid = (message: string, pointer = '/uploads') =>
  new DomainError('invalid', 'validation_failed', message, {
    errors: [{ pointer, detail: message.replace(/^'uploads' /, '') }],
  });

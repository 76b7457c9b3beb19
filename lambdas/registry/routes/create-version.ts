/** POST /v1/models/{model}/versions — announces a file and says where to upload it. */
import { toTimestamp } from '../../shared/kernel/clock.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import type { RouteAnswer, UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import type { Uploads, Version, VersionStore } from '../ports.ts';
import { VERSION_LIMIT } from '../wire.ts';
import { findOwn, type OwnModels } from './find-model.ts';
import { keyReused } from './key-reused.ts';
import { retryChanged } from './retry-changed.ts';
import { etagOf } from './tell-model.ts';
import { tellVersion } from './tell-version.ts';

type Route = typeof registryRoutes.createVersion;

const ADDRESS_SECONDS = 3600;
/** An upload in parts that is older begins anew: S3 forgets it after two days (lib/constructs/service-bucket.ts). */
const PARTS_KEPT_MS = 24 * 3_600_000;

export interface CreateVersionPorts extends OwnModels {
  readonly versions: Pick<VersionStore, 'find' | 'create' | 'renew'>;
  readonly uploads: Pick<Uploads, 'begin' | 'address'>;
}

export const createVersion =
  (ports: CreateVersionPorts): UseCase<Route> =>
  async ({ caller, params, body, idempotency, nowMs, requestId }) => {
    const model = await findOwn(ports, caller, params.model);
    const [file] = body.files;
    if (!file) throw new Error('the schema lets through one file');
    // Each announcement has a place of its own, so that what two requests upload never meets.
    const key = `uploads/${caller.accountId}/${model.name}/${body.version}/${requestId}/${file.path}`;
    // What is there already keeps its place; nothing is begun that nobody would use.
    const existing = await ports.versions.find(model.name, body.version);
    const version: Version = {
      model: model.name,
      version: body.version,
      ownerAccountId: model.ownerAccountId,
      state: 'draft',
      file,
      batchInput: body.batchInput,
      upload: existing?.upload ?? (await ports.uploads.begin(key, file.sizeBytes)),
      pinnedVersionId: undefined,
      validated: undefined,
      rejection: undefined,
      revision: 1,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      publishedAtMs: undefined,
    };
    const made = await ports.versions.create({ version, idempotency, nowMs });
    switch (made.outcome) {
      case 'created':
        return answer(ports, version, nowMs, {});
      case 'replay':
        return answer(ports, made.made, nowMs, { 'idempotency-replayed': 'true' });
      case 'exists':
        return answer(ports, await announceAgain(ports, { version, key, nowMs }), nowMs, {});
      case 'limit':
        throw new DomainError(
          'conflict',
          'version_limit_reached',
          `a model may have ${VERSION_LIMIT} versions at most`,
        );
      case 'claim_reused':
        throw keyReused();
    }
  };

/** The draft that is there, if the same file was announced: whose addresses are lost or expired gets fresh ones. @throws DomainError version_exists */
const announceAgain = (
  { versions, uploads }: Pick<CreateVersionPorts, 'versions' | 'uploads'>,
  { version, key, nowMs }: { readonly version: Version; readonly key: string; readonly nowMs: number },
): Promise<Version> =>
  retryChanged(async () => {
    const found = await versions.find(version.model, version.version);
    if (!found) throw new Error(`a version that was in the way is gone: ${version.model} ${version.version}`);
    if (found.state !== 'draft' || !sameAnnouncement(found, version)) {
      const message = `'version' must be a new one, or a draft announced with the same file: '${version.version}' exists`;
      throw new DomainError('conflict', 'version_exists', message);
    }
    if (found.upload.kind === 'form' || nowMs - found.updatedAtMs < PARTS_KEPT_MS) return found;
    const upload = await uploads.begin(key, found.file.sizeBytes);
    const renewed = { ...found, upload, revision: found.revision + 1, updatedAtMs: nowMs };
    return (await versions.renew(renewed)) ? renewed : undefined;
  });

const sameAnnouncement = (a: Version, b: Version): boolean =>
  a.ownerAccountId === b.ownerAccountId &&
  a.batchInput === b.batchInput &&
  a.file.path === b.file.path &&
  a.file.sizeBytes === b.file.sizeBytes &&
  a.file.sha256 === b.file.sha256;

const answer = async (
  { uploads }: Pick<CreateVersionPorts, 'uploads'>,
  version: Version,
  nowMs: number,
  headers: Record<string, string>,
): Promise<RouteAnswer<Route>> => {
  const addresses =
    version.state === 'draft' ? [await uploads.address(version.upload, version.file, ADDRESS_SECONDS)] : [];
  const expiresAt = toTimestamp(nowMs + ADDRESS_SECONDS * 1000);
  return {
    status: 201,
    body: {
      ...tellVersion(version),
      uploads: addresses.map((address) => ({ path: version.file.path, ...address, expiresAt })),
    },
    headers: {
      location: `/v1/models/${version.model}/versions/${version.version}`,
      etag: etagOf(version),
      ...headers,
    },
  };
};

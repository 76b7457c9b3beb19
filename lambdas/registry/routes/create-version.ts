/** POST /v1/models/{model}/versions — announces the files and says where to upload them. */
import { toTimestamp } from '../../shared/kernel/clock.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import type { RouteAnswer, UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { actOf } from '../ports/act.ts';
import type { ArrivedPart, UploadAddress, UploadPlan, Uploads, Version, VersionFile, VersionStore } from '../ports.ts';
import { VERSION_LIMIT } from '../terms.ts';
import { requireLive } from './change-life.ts';
import { findOwn, type OwnModels } from './find-model.ts';
import { keyReused } from './key-reused.ts';
import { planOf } from './plan-of.ts';
import { retryChanged } from './retry-changed.ts';
import { etagOf } from './tell-model.ts';
import { tellVersion } from './tell-version.ts';

type Route = typeof registryRoutes.createVersion;

const ADDRESS_SECONDS = 3600;
/** An upload in parts that is older begins anew: S3 forgets it after two days (lib/constructs/service-bucket.ts). */
const PARTS_KEPT_MS = 24 * 3_600_000;

export interface CreateVersionPorts extends OwnModels {
  readonly versions: Pick<VersionStore, 'find' | 'create' | 'renew'>;
  readonly uploads: Pick<Uploads, 'begin' | 'address' | 'arrived'>;
}

export const createVersion =
  (ports: CreateVersionPorts): UseCase<Route> =>
  async ({ caller, params, body, idempotency, nowMs, requestId }) => {
    const model = await findOwn(ports, caller, params.model);
    requireLive(model);
    // Each announcement has a place of its own, so that what two requests upload never meets.
    const folder = `uploads/${caller.accountId}/${model.name}/${body.version}/${requestId}`;
    // What is there already keeps its place; nothing is begun that nobody would use.
    const existing = await ports.versions.find(model.name, body.version);
    const version: Version = {
      model: model.name,
      version: body.version,
      ownerAccountId: model.ownerAccountId,
      state: 'draft',
      files: body.files,
      batchInput: body.batchInput,
      uploads: existing?.uploads ?? (await beginAll(ports.uploads, folder, body.files)),
      pinnedVersionIds: undefined,
      validated: undefined,
      rejection: undefined,
      revision: 1,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      publishedAtMs: undefined,
    };
    const made = await ports.versions.create({ version, idempotency, act: actOf(caller), nowMs });
    switch (made.outcome) {
      case 'created':
        return answer(ports, version, nowMs, {});
      case 'replay':
        return answerAgain(ports, made.made, nowMs, { 'idempotency-replayed': 'true' });
      case 'exists':
        return answerAgain(ports, await announceAgain(ports, { version, folder, nowMs }), nowMs, {});
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

/** The draft that is there, if the same files were announced: whose addresses are lost or expired gets fresh ones. @throws DomainError version_exists */
const announceAgain = (
  { versions, uploads }: Pick<CreateVersionPorts, 'versions' | 'uploads'>,
  { version, folder, nowMs }: { readonly version: Version; readonly folder: string; readonly nowMs: number },
): Promise<Version> =>
  retryChanged(async () => {
    const found = await versions.find(version.model, version.version);
    if (!found) throw new Error(`a version that was in the way is gone: ${version.model} ${version.version}`);
    if (found.state !== 'draft' || !sameAnnouncement(found, version)) {
      const message = `'version' must be a new one, or a draft announced with the same files: '${version.version}' exists${found.state === 'draft' ? ' with others; take another number' : ''}`;
      throw new DomainError('conflict', 'version_exists', message);
    }
    if (found.uploads.every(({ kind }) => kind === 'form') || nowMs - found.updatedAtMs < PARTS_KEPT_MS) return found;
    const begun = await Promise.all(
      found.files.map(async (file, index) => {
        const plan = planOf(found, index);
        return plan.kind === 'form' ? plan : uploads.begin(`${folder}/${file.path}`, file.sizeBytes);
      }),
    );
    const renewed = { ...found, uploads: begun, revision: found.revision + 1, updatedAtMs: nowMs };
    return (await versions.renew(renewed)) ? renewed : undefined;
  });

const sameAnnouncement = (a: Version, b: Version): boolean =>
  a.ownerAccountId === b.ownerAccountId &&
  a.batchInput === b.batchInput &&
  a.files.length === b.files.length &&
  a.files.every((file) =>
    b.files.some(
      ({ path, sizeBytes, sha256 }) => path === file.path && sizeBytes === file.sizeBytes && sha256 === file.sha256,
    ),
  );

const beginAll = (
  uploads: Pick<Uploads, 'begin'>,
  folder: string,
  files: readonly VersionFile[],
): Promise<UploadPlan[]> =>
  Promise.all(files.map(({ path, sizeBytes }) => uploads.begin(`${folder}/${path}`, sizeBytes)));

/** The same of a draft that was there: with what has arrived of it, so that an upload goes on where it broke off. */
const answerAgain = async (
  ports: Pick<CreateVersionPorts, 'uploads'>,
  version: Version,
  nowMs: number,
  headers: Record<string, string>,
): Promise<RouteAnswer<Route>> => {
  const plans = version.state === 'draft' ? version.uploads : [];
  const arrived = await Promise.all(plans.map((plan) => ports.uploads.arrived(plan)));
  return answer(ports, version, nowMs, headers, arrived);
};

const answer = async (
  { uploads }: Pick<CreateVersionPorts, 'uploads'>,
  version: Version,
  nowMs: number,
  headers: Record<string, string>,
  arrived: readonly ReadonlyMap<number, ArrivedPart>[] = [],
): Promise<RouteAnswer<Route>> => {
  const expiresAt = toTimestamp(nowMs + ADDRESS_SECONDS * 1000);
  const told = version.state === 'draft' ? version.files : [];
  const addresses = await Promise.all(
    told.map(async (file, index) => {
      const address = await uploads.address(planOf(version, index), file, ADDRESS_SECONDS);
      return { path: file.path, ...withArrived(address, arrived[index]), expiresAt };
    }),
  );
  return {
    status: 201,
    body: {
      ...tellVersion(version),
      uploads: addresses,
    },
    headers: {
      location: `/v1/models/${version.model}/versions/${version.version}`,
      etag: etagOf(version),
      ...headers,
    },
  };
};

const withArrived = (address: UploadAddress, arrived: ReadonlyMap<number, ArrivedPart> | undefined): UploadAddress => {
  if (address.method === 'POST' || !arrived || arrived.size === 0) return address;
  const parts = address.parts.map((part) => {
    const there = arrived.get(part.number);
    return there ? { ...part, arrived: there } : part;
  });
  return { ...address, parts };
};

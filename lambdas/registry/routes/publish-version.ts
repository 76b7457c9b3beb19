/** POST /v1/models/{model}/versions/{version}/publish — from now on it can be called. */
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { LATEST } from '../domain/alias-name.ts';
import { mayMove } from '../domain/alias-protection.ts';
import { publishVersion as publication } from '../domain/publish-version.ts';
import { predecessorOf, requireBump } from '../domain/version-bump.ts';
import { actOf } from '../ports/act.ts';
import type { AliasStore, HealthStore, PublishedStore, Version, VersionStore } from '../ports.ts';
import { requireLive } from './change-life.ts';
import { findOwn, findVersion, type OwnModels } from './find-model.ts';
import { retryChanged } from './retry-changed.ts';
import { versionEtag } from './tell-model.ts';
import { tellVersion } from './tell-version.ts';

export interface PublishVersionPorts extends OwnModels {
  readonly versions: Pick<VersionStore, 'find' | 'publish'>;
  readonly aliases: Pick<AliasStore, 'find'>;
  readonly published: PublishedStore;
  readonly health: Pick<HealthStore, 'find'>;
}

export const publishVersion =
  (ports: PublishVersionPorts): UseCase<typeof registryRoutes.publishVersion> =>
  async ({ caller, params, nowMs }) => {
    const version = await retryChanged(async () => {
      const model = await findOwn(ports, caller, params.model);
      requireLive(model);
      const [found, latest] = await Promise.all([
        findVersion(ports.versions, model, params.version, caller.accountId),
        ports.aliases.find(model.name, LATEST),
      ]);
      const mayMoveLatest = mayMove(latest, caller.role);
      const change = publication({ version: found, model, latest, mayMoveLatest }, nowMs);
      if (!change) return found;
      await requireFitting(ports.published, found);
      return (await ports.versions.publish({ ...change, act: actOf(caller) })) ? change.version : undefined;
    });
    const fared = await ports.health.find(version.model, version.version);
    return { status: 200, body: tellVersion(version, fared), headers: { etag: versionEtag(version, fared) } };
  };

/** The model's revision, which the write holds, changes with every publication: what is compared here is still so then. @throws DomainError breaking_change, minor_version_required */
const requireFitting = async (published: PublishedStore, { model, version, validated }: Version): Promise<void> => {
  const callable = (await published.list(model)).map((one) => one.version);
  const name = predecessorOf(version, callable);
  const before = name === undefined ? undefined : await published.find(model, name);
  if (!before?.validated || !validated) return;
  requireBump(
    { version: before.version, signature: before.validated.signature },
    { version, signature: validated.signature },
    callable,
  );
};

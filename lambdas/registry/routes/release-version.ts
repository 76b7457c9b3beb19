// POST /v1/models/{model}/versions/{version}/release and, for operators, below /v1/admin/moderation: end a quarantine.
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { release } from '../domain/version-health.ts';
import { requireCallable } from '../domain/version-state.ts';
import { type Act, actOf, operatorAct } from '../ports/act.ts';
import type { HealthStore, Model, VersionStore } from '../ports.ts';
import { findAnyModel, findOwn, findVersion, type OwnModels } from './find-model.ts';
import { retryChanged } from './retry-changed.ts';
import { versionEtag } from './tell-model.ts';
import { tellVersion } from './tell-version.ts';

export interface ReleaseVersionPorts extends OwnModels {
  readonly versions: Pick<VersionStore, 'find'>;
  readonly health: Pick<HealthStore, 'find' | 'release'>;
}

interface Wanted {
  readonly params: { readonly version: string };
  readonly nowMs: number;
}

/** By the publisher: twice, then no more. */
export const releaseVersion =
  (ports: ReleaseVersionPorts): UseCase<typeof registryRoutes.releaseVersion> =>
  async (request) =>
    releaseFor(
      ports,
      actOf(request.caller, request.body?.reason),
      await findOwn(ports, request.caller, request.params.model),
      request,
    );

/** By an operator, to whom every model is visible. */
export const releaseAnyVersion =
  (ports: ReleaseVersionPorts): UseCase<typeof registryRoutes.releaseAnyVersion> =>
  async (request) =>
    releaseFor(
      ports,
      operatorAct(request.caller, request.body.reason),
      await findAnyModel(ports.models, request.params.model),
      request,
    );

const releaseFor = async (
  { versions, health }: ReleaseVersionPorts,
  act: Act,
  model: Model,
  { params, nowMs }: Wanted,
) => {
  const version = await findVersion(versions, model, params.version, model.ownerAccountId);
  // Refuses what was never published.
  requireCallable(version.state, 'release');
  const fared = await retryChanged(async () => {
    const known = await health.find(model.name, version.version);
    const next = release(known, act.by.kind === 'operator' ? 'operator' : 'publisher');
    if (!next) return { health: known };
    return (await health.release(next, act, nowMs)) ? { health: next } : undefined;
  });
  const headers = { etag: versionEtag(version, fared.health) };
  return { status: 200 as const, body: tellVersion(version, fared.health), headers };
};

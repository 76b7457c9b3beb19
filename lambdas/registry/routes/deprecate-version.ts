// POST /v1/models/{model}/versions/{version}/deprecate, …/undeprecate and …/retire: how a version comes to its end.
import type { Caller } from '../../shared/platform/caller.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { requireMayEnd } from '../domain/alias-protection.ts';
import { deprecate, undeprecate } from '../domain/notice.ts';
import { soundVersions } from '../domain/sound-versions.ts';
import { type Act, actOf } from '../ports/act.ts';
import type { LifeStore } from '../ports/life.ts';
import type { HealthStore, Model, PublishedStore, Version } from '../ports.ts';
import { othersMayCall, type RetirePorts, requireLive, retire, subscribedUntil } from './change-life.ts';
import { findOwn, findVersion, type OwnModels } from './find-model.ts';
import { retryChanged } from './retry-changed.ts';
import { versionEtag } from './tell-model.ts';
import { tellVersion } from './tell-version.ts';

export interface ChangeLifePorts extends OwnModels, Omit<RetirePorts, 'models' | 'life' | 'published' | 'health'> {
  readonly published: Pick<PublishedStore, 'list' | 'find'>;
  readonly life: Pick<LifeStore, 'deprecate' | 'undeprecate' | 'retire'>;
  readonly health: Pick<HealthStore, 'find' | 'list'>;
}

interface Named {
  readonly caller: Caller;
  readonly params: { readonly model: string; readonly version: string };
}

const findBoth = async (ports: ChangeLifePorts, { caller, params }: Named) => {
  const model = await findOwn(ports, caller, params.model);
  requireLive(model);
  return { model, version: await findVersion(ports.versions, model, params.version, caller.accountId) };
};

const answer = async ({ health }: ChangeLifePorts, version: Version) => {
  const fared = await health.find(version.model, version.version);
  return { status: 200 as const, body: tellVersion(version, fared), headers: { etag: versionEtag(version, fared) } };
};

export const deprecateVersion =
  (ports: ChangeLifePorts): UseCase<typeof registryRoutes.deprecateVersion> =>
  async (request) => {
    const { body, nowMs } = request;
    const { successor, reason } = body;
    const version = await retryChanged(async () => {
      const { model, version: before } = await findBoth(ports, request);
      requireMayEnd(before.version, await ports.aliases.list(model.name), request.caller);
      const wanted = {
        ...(await lookAround(ports, model, nowMs)),
        sunsetAtMs: Date.parse(body.sunsetAt),
        successor,
        reason,
        successorVersion: successor === undefined ? undefined : await ports.published.find(model.name, successor),
      };
      const changed = deprecate(before, wanted, nowMs);
      if (changed === before) return before;
      const act = actOf(request.caller, reason);
      // With the model's revision, so that of two versions no end leans on the other, and none on the model being hidden.
      const next = { ...model, revision: model.revision + 1, updatedAtMs: nowMs };
      return (await ports.life.deprecate({ before, version: changed, model: next, act })) ? changed : undefined;
    });
    return answer(ports, version);
  };

/** What the end of a version is measured by. */
const lookAround = async ({ access, published, health }: ChangeLifePorts, model: Model, nowMs: number) => {
  const [mayCall, subscribedUntilMs, all, fared] = await Promise.all([
    othersMayCall(access, model, nowMs),
    subscribedUntil(access, model, nowMs),
    published.list(model.name),
    health.list(model.name),
  ]);
  return { othersMayCall: mayCall, subscribedUntilMs, sound: soundVersions(all, fared, nowMs) };
};

export const undeprecateVersion =
  (ports: ChangeLifePorts): UseCase<typeof registryRoutes.undeprecateVersion> =>
  async (request) => {
    const act: Act = actOf(request.caller, request.body?.reason);
    const version = await retryChanged(async () => {
      const { version: before } = await findBoth(ports, request);
      const changed = undeprecate(before, request.nowMs);
      if (!changed) return before;
      return (await ports.life.undeprecate({ before, version: changed, act })) ? changed : undefined;
    });
    return answer(ports, version);
  };

export const retireVersion =
  (ports: ChangeLifePorts): UseCase<typeof registryRoutes.retireVersion> =>
  async (request) => {
    const act = actOf(request.caller, request.body.reason);
    const { version } = await retire(ports, () => findBoth(ports, request), {
      rule: 'publisher',
      role: request.caller.role,
      act,
      nowMs: request.nowMs,
    });
    return answer(ports, version);
  };

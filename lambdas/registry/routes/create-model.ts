/** POST /v1/models — claims a name under the caller's handle. */
import { DomainError } from '../../shared/kernel/errors.ts';
import type { Caller } from '../../shared/platform/caller.ts';
import type { RouteAnswer, UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { actOf } from '../ports/act.ts';
import type { ModelDirectory } from '../ports/search.ts';
import type { Model, ModelStore, RequireModel, RequirePricing } from '../ports.ts';
import { keyReused } from './key-reused.ts';
import { etagOf, tellModel, tellWithStats } from './tell-model.ts';

type Route = typeof registryRoutes.createModel;

export interface CreateModelPorts {
  readonly models: Pick<ModelStore, 'create' | 'find'>;
  readonly directory: Pick<ModelDirectory, 'statsOf'>;
  readonly requireModel: RequireModel;
  readonly requirePricing: RequirePricing;
}

export const createModel =
  ({ models, directory, requireModel, requirePricing }: CreateModelPorts): UseCase<Route> =>
  async ({ caller, body, idempotency, nowMs }) => {
    checkName(caller, body.name);
    requireModel(caller, body.name);
    if (body.price || body.requiresSubscription) requirePricing(caller);
    const { name, summary, description, task, license, tags, visibility, downloads } = body;
    const { perCallMicros, perRowMicros } = body.price ?? { perCallMicros: '0', perRowMicros: '0' };
    const model: Model = {
      name,
      ownerAccountId: caller.accountId,
      summary,
      description,
      task,
      license,
      tags,
      visibility,
      price: { perCallMicros, perRowMicros, version: 1 },
      downloads,
      ...(body.requiresSubscription ? { requiresSubscription: true } : {}),
      latestVersion: undefined,
      publishedCount: 0,
      revision: 1,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    };
    const made = await models.create({ model, idempotency, act: actOf(caller), nowMs });
    switch (made.outcome) {
      case 'created':
        return answer(model, tellModel(model, undefined), {});
      case 'replay':
        return answer(made.made, await tellWithStats(directory, made.made), { 'idempotency-replayed': 'true' });
      case 'exists':
        throw nameTaken(name, await models.find(name));
      case 'claim_reused':
        throw keyReused();
    }
  };

/** @param held - what has the name, which is the caller's own */
const nameTaken = (name: string, held: Model | undefined) =>
  new DomainError(
    'conflict',
    'model_exists',
    held?.withdrawal
      ? `'name' must be a new one: '${name}' was deleted, and names are not given again`
      : `'name' must be a new one: '${name}' exists`,
  );

/** @throws DomainError handle_required, not_your_handle */
const checkName = ({ handle }: Caller, name: string) => {
  if (handle === undefined) {
    throw new DomainError(
      'conflict',
      'handle_required',
      `'name' must begin with your account's handle, which has none yet`,
    );
  }
  if (name.slice(0, name.indexOf('.')) !== handle) {
    throw new DomainError(
      'forbidden',
      'not_your_handle',
      `'name' must begin with your handle, '${handle}.', got '${name}'`,
    );
  }
};

const answer = (
  model: Model,
  body: ReturnType<typeof tellModel>,
  headers: Record<string, string>,
): RouteAnswer<Route> => ({
  status: 201,
  body,
  headers: { location: `/v1/models/${model.name}`, etag: etagOf(model), ...headers },
});

/** DELETE /v1/models/{model} — withdraws it: from now on nobody begins to use it, and its versions come to their end. */
import { DomainError } from '../../shared/kernel/errors.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { type Act, actOf } from '../ports/act.ts';
import type { LifeStore } from '../ports/life.ts';
import type { ModelDirectory } from '../ports/search.ts';
import type { Model, ModelStore } from '../ports.ts';
import { findOwn, type OwnModels } from './find-model.ts';
import { retryChanged } from './retry-changed.ts';
import { etagOf, tellWithStats } from './tell-model.ts';

export interface WithdrawPorts {
  readonly life: Pick<LifeStore, 'withdraw'>;
}

/** @param find - the model as it is now @returns it as it is then; the same when it was withdrawn before */
export const withdraw = (
  { life }: WithdrawPorts,
  find: () => Promise<Model>,
  act: Act,
  nowMs: number,
): Promise<Model> =>
  retryChanged(async () => {
    const found = await find();
    if (found.withdrawal) return found;
    const withdrawal = { atMs: nowMs, reason: act.reason ?? '' };
    const model = { ...found, withdrawal, revision: found.revision + 1, updatedAtMs: nowMs };
    return (await life.withdraw({ model, act })) ? model : undefined;
  });

export interface DeleteModelPorts extends OwnModels, WithdrawPorts {
  readonly models: Pick<ModelStore, 'find'>;
  readonly directory: Pick<ModelDirectory, 'statsOf'>;
}

export const deleteModel =
  (ports: DeleteModelPorts): UseCase<typeof registryRoutes.deleteModel> =>
  async ({ caller, params, query, nowMs }) => {
    const find = () => findOwn(ports, caller, params.model);
    const { name } = await find();
    if (query.confirm !== name) {
      const got = query.confirm === undefined ? 'nothing' : `'${query.confirm}'`;
      const detail = `must be the model's name, '${name}', got ${got}`;
      throw new DomainError('invalid', 'confirmation_required', `'confirm' ${detail}`, {
        errors: [{ pointer: 'query/confirm', detail }],
      });
    }
    const model = await withdraw(ports, find, actOf(caller, query.reason), nowMs);
    return { status: 202, body: await tellWithStats(ports.directory, model), headers: { etag: etagOf(model) } };
  };

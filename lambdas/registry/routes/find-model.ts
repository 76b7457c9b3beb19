// The model that a path names, as far as the caller may see or change it.
import { viewerOf } from '../../accounts/gateway.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import { modelNamePattern } from '../../shared/kernel/ids.ts';
import type { Caller } from '../../shared/platform/caller.ts';
import { isVersion } from '../domain/version-order.ts';
import { isOwner, maySeeModel, maySeeVersion, noModel, noVersion } from '../domain/visibility.ts';
import type { Model, ModelStore, RequireModel, Version, VersionStore } from '../ports.ts';

/** @throws DomainError model_not_found */
export const findVisible = async (
  models: Pick<ModelStore, 'find'>,
  caller: Caller | undefined,
  name: string,
): Promise<Model> => {
  // A name that no model can have is as missing as any other.
  const model = modelNamePattern.test(name) ? await models.find(name) : undefined;
  if (!model || !maySeeModel(model, viewerOf(caller, name))) throw noModel(name);
  return model;
};

export interface OwnModels {
  readonly models: Pick<ModelStore, 'find'>;
  readonly requireModel: RequireModel;
}

/** @throws DomainError model_not_found, not_your_handle (it is there for all to see), permission_denied (a bound key) */
export const findOwn = async ({ models, requireModel }: OwnModels, caller: Caller, name: string): Promise<Model> => {
  const model = modelNamePattern.test(name) ? await models.find(name) : undefined;
  if (!model || !maySeeModel(model, viewerOf(caller, name))) throw noModel(name);
  if (!isOwner(model, caller.accountId)) {
    throw new DomainError('forbidden', 'not_your_handle', `'${name}' must be a model of your account`);
  }
  requireModel(caller, name);
  return model;
};

/** A version of a model that the caller sees. @throws DomainError version_not_found */
export const findVersion = async (
  versions: Pick<VersionStore, 'find'>,
  model: Model,
  name: string,
  accountId: string | undefined,
): Promise<Version> => {
  const version = isVersion(name) ? await versions.find(model.name, name) : undefined;
  if (!version || !maySeeVersion(model, version, accountId)) throw noVersion(model.name, name);
  return version;
};

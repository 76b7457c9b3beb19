// The model that a path names, as far as the caller may see or change it.
import { viewerOf } from '../../accounts/gateway.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import { modelNamePattern } from '../../shared/kernel/ids.ts';
import type { Caller } from '../../shared/platform/caller.ts';
import { isVersion } from '../domain/version-order.ts';
import { isOwner, maySeeModel, maySeeVersion, noModel, noVersion } from '../domain/visibility.ts';
import type { Model, ModelStore, RequireModel, Version, VersionStore } from '../ports.ts';

/** `accessOf`: absent where nobody is let in to what is private. */
export type VisibleModels = Pick<ModelStore, 'find' | 'accessOf'>;

/** @throws DomainError model_not_found */
export const findVisible = async (models: VisibleModels, caller: Caller | undefined, name: string): Promise<Model> => {
  // A name that no model can have is as missing as any other.
  const model = modelNamePattern.test(name) ? await models.find(name) : undefined;
  if (!model || !(await isVisible(models, model, viewerOf(caller, name)))) throw noModel(name);
  return model;
};

const isVisible = async (models: VisibleModels, model: Model, accountId: string | undefined): Promise<boolean> => {
  if (maySeeModel(model, accountId)) return true;
  const { withdrawal, visibility, suspension, publishedCount } = model;
  const mayBeSeen = (withdrawal || visibility === 'private') && !suspension && publishedCount > 0;
  if (!mayBeSeen || accountId === undefined) return false;
  const access = await models.accessOf?.(model.name, accountId);
  // What is deleted answers its subscribers until its versions end: its terms, its card, its offers, its files.
  return withdrawal ? access?.subscription !== undefined : maySeeModel(model, accountId, access);
};

/** Whatever becomes of it, and whoever sees it: for operators. @throws DomainError model_not_found */
export const findAnyModel = async (models: Pick<ModelStore, 'find'>, name: string): Promise<Model> => {
  const model = modelNamePattern.test(name) ? await models.find(name) : undefined;
  if (!model) throw noModel(name);
  return model;
};

export interface OwnModels {
  readonly models: VisibleModels;
  readonly requireModel: RequireModel;
}

/** @throws DomainError model_not_found, not_your_handle (it is there for all to see), permission_denied (a bound key) */
export const findOwn = async ({ models, requireModel }: OwnModels, caller: Caller, name: string): Promise<Model> => {
  const model = await findVisible(models, caller, name);
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

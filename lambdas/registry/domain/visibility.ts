// Who sees what: to others, what is private or not published looks missing.
import { DomainError } from '../../shared/kernel/errors.ts';
import type { Model, Version } from '../ports.ts';

export const isOwner = (model: Pick<Model, 'ownerAccountId'>, accountId: string | undefined): boolean =>
  accountId !== undefined && model.ownerAccountId === accountId;

export const maySeeModel = (model: Model, accountId: string | undefined): boolean =>
  isOwner(model, accountId) || (model.visibility === 'public' && model.publishedCount > 0);

/** @param model - the version's, which the account sees */
export const maySeeVersion = (model: Model, version: Version, accountId: string | undefined): boolean =>
  isOwner(model, accountId) || version.state === 'published';

export const noModel = (name: string) => new DomainError('not_found', 'model_not_found', `no model '${name}'`);

export const noVersion = (model: string, version: string) =>
  new DomainError('not_found', 'version_not_found', `no version '${version}' of '${model}'`);

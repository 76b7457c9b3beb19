// Who sees what: to others, what is private or not published looks missing.
import { DomainError } from '../../shared/kernel/errors.ts';
import type { Access } from '../ports/access.ts';
import type { Model, Version } from '../ports.ts';

export const isOwner = (model: Pick<Model, 'ownerAccountId'>, accountId: string | undefined): boolean =>
  accountId !== undefined && model.ownerAccountId === accountId;

/**
 * @param access - what is kept of the account and a private model: those who were let in, or paid, see it. A model whose versions are all
 * retired still says so to those who called it; a withdrawn or suspended one is its owner's alone
 */
export const maySeeModel = (model: Model, accountId: string | undefined, access?: Access): boolean =>
  isOwner(model, accountId) ||
  ((model.visibility !== 'private' || isLetIn(access)) &&
    model.publishedCount + (model.retiredCount ?? 0) > 0 &&
    !model.withdrawal &&
    !model.suspension);

/** Who has subscribed finds the page that the subscription is about, be it ended. */
export const isLetIn = (access: Access | undefined): boolean =>
  access?.grant?.state === 'approved' || access?.subscription !== undefined;

/** What was published once stays readable. @param model - the version's, which the account sees */
export const maySeeVersion = (model: Model, version: Version, accountId: string | undefined): boolean =>
  isOwner(model, accountId) || version.publishedAtMs !== undefined;

const widths: Readonly<Record<Model['visibility'], number>> = { private: 0, gated: 1, public: 2 };

/** Whether a change of visibility lets more see the model, or use it. */
export const isWidened = (before: Pick<Model, 'visibility'>, after: Pick<Model, 'visibility'>): boolean =>
  widths[after.visibility] > widths[before.visibility];

export const noModel = (name: string) => new DomainError('not_found', 'model_not_found', `no model '${name}'`);

export const noVersion = (model: string, version: string) =>
  new DomainError('not_found', 'version_not_found', `no version '${version}' of '${model}'`);

// The list of models for Open Inference clients: those that the account sees, and of each whether it may call it, or why not.
import { DomainError } from '../shared/kernel/errors.ts';
import { modelNamePattern } from '../shared/kernel/ids.ts';
import { decodeCursor, encodeCursor } from '../shared/platform/cursor.ts';
import type { PublishedModels } from './contract.ts';
import { checkUse, needsAccess } from './domain/entitlement.ts';
import { mergeByName } from './domain/merge-by-name.ts';
import { pageOf } from './domain/page-of.ts';
import { isRunning } from './domain/subscription.ts';
import { isLetIn, maySeeModel } from './domain/visibility.ts';
import type { Access, AccessStore } from './ports/access.ts';
import type { HealthStore, Model, ModelStore } from './ports.ts';

const LOOK_LIMIT = 1_000;

export interface CallableModelsPorts {
  readonly models: Pick<ModelStore, 'find' | 'walk'>;
  readonly health: Pick<HealthStore, 'find'>;
  readonly access: Pick<AccessStore, 'ofAccount'>;
  /** May be told from memory. */
  readonly findAccess: (model: Model, accountId: string | undefined) => Promise<Access | undefined>;
  readonly clock: () => number;
}

/** A model, and what opens it to an account that is not its owner. */
interface Listed {
  readonly name: string;
  readonly model: Model;
  readonly access?: Access | undefined;
}

export const callableModels = (ports: CallableModelsPorts): PublishedModels['list'] => {
  const { models, health, access, findAccess, clock } = ports;

  async function* walk(ownerAccountId: string | undefined, after: string | undefined): AsyncIterable<Listed> {
    const all = models.walk({ ownerAccountId, publisher: undefined, after, descending: false });
    for await (const model of all) yield { name: model.name, model };
  }
  /** What is private, or deleted, is in no catalogue; those who were let in, or paid, are led to it by what is kept of them. */
  async function* letIn(accountId: string, after: string | undefined): AsyncIterable<Listed> {
    for await (const known of access.ofAccount(accountId, after)) {
      const model = isLetIn(known) ? await models.find(known.model) : undefined;
      if (model) yield { name: model.name, model, access: known };
    }
  }
  /** @returns undefined where nothing keeps the account from calling it */
  const refusalFor = async (model: Model, accountId: string | undefined): Promise<string | undefined> => {
    const known = needsAccess(model, accountId) ? await findAccess(model, accountId) : undefined;
    try {
      checkUse(model, { accountId, access: known, nowMs: clock() });
      return undefined;
    } catch (refusal) {
      if (refusal instanceof DomainError) return refusal.message;
      throw refusal;
    }
  };
  /** Of the version that `latest` names. */
  const tell = async (model: Model, viewer: string | undefined, isBound: boolean) => {
    const { name, latestVersion: version } = model;
    if (version === undefined) return [];
    const fared = await health.find(name, version);
    const reason =
      fared?.quarantinedAtMs !== undefined
        ? 'the version is quarantined'
        : isBound
          ? 'the API key is bound to other models'
          : await refusalFor(model, viewer);
    return [{ model: name, version, ready: reason === undefined, reason: reason ?? '' }];
  };

  return async ({ accountId, viewerOf, limit, cursor }) => {
    const filters = { list: 'callable', signedIn: accountId !== undefined };
    const after = afterName(decodeCursor(cursor, filters));
    const all =
      accountId === undefined
        ? walk(undefined, after)
        : mergeByName(
            mergeByName(walk(undefined, after), walk(accountId, after), false),
            letIn(accountId, after),
            false,
          );
    const isSeen = ({ name, model, access: known }: Listed) => {
      const viewer = viewerOf(name);
      const opened = viewer === undefined ? undefined : known;
      return model.withdrawal ? isRunning(opened?.subscription, clock()) : maySeeModel(model, viewer, opened);
    };
    const { items, last } = await pageOf(all, {
      limit,
      lookLimit: LOOK_LIMIT,
      matches: (one) => one.model.latestVersion !== undefined && !one.model.suspension && isSeen(one),
    });
    const told = await Promise.all(
      items.map(({ model }) => {
        const viewer = viewerOf(model.name);
        return tell(model, viewer, accountId !== undefined && viewer === undefined);
      }),
    );
    return { models: told.flat(), next: encodeCursor(last && { after: last.name }, filters) };
  };
};

/** @throws DomainError invalid_cursor */
const afterName = (content: Readonly<Record<string, string | number>> | undefined): string | undefined => {
  if (content === undefined) return undefined;
  if (typeof content.after === 'string' && modelNamePattern.test(content.after)) return content.after;
  throw new DomainError('invalid', 'invalid_cursor', "'query/cursor' must be the 'next' of a page of the same list");
};

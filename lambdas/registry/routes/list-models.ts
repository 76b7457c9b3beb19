/** GET /v1/models — a page of the catalogue and of the caller's own models, by name. */
import { viewerOf } from '../../accounts/gateway.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import { modelNamePattern } from '../../shared/kernel/ids.ts';
import { decodeCursor, encodeCursor } from '../../shared/platform/cursor.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { matchText } from '../domain/match-text.ts';
import { mergeByName } from '../domain/merge-by-name.ts';
import { pageOf } from '../domain/page-of.ts';
import { maySeeModel } from '../domain/visibility.ts';
import { PAGE_LIMIT_BYTES, withinBytes } from '../domain/within-bytes.ts';
import type { ModelStore } from '../ports.ts';
import { tellModel } from './tell-model.ts';

/** Models looked at for one page. */
const LOOK_LIMIT = 1000;

export const listModels =
  (models: Pick<ModelStore, 'walk'>): UseCase<typeof registryRoutes.listModels> =>
  async ({ caller, query }) => {
    const { cursor, limit, q, task, publisher, sort } = query;
    const filters = { list: 'models', q, task, publisher, sort };
    const after = afterName(decodeCursor(cursor, filters), publisher);
    const descending = sort === '-name';
    const walk = (ownerAccountId: string | undefined) => models.walk({ ownerAccountId, publisher, after, descending });
    const all = caller ? mergeByName(walk(undefined), walk(caller.accountId), descending) : walk(undefined);
    const says = q === undefined ? () => true : matchText(q);
    const { items, last } = await pageOf(all, {
      limit,
      lookLimit: LOOK_LIMIT,
      matches: (model) =>
        maySeeModel(model, viewerOf(caller, model.name)) && (task === undefined || model.task === task) && says(model),
    });
    const told = withinBytes(items.map(tellModel), PAGE_LIMIT_BYTES);
    const end = told.length < items.length ? told.at(-1)?.name : last?.name;
    const next = encodeCursor(end === undefined ? undefined : { after: end }, filters);
    return { status: 200, body: { items: told, next } };
  };

/** A cursor is not signed, so what is in it is looked at like any other input. @throws DomainError invalid_cursor */
const afterName = (
  content: Readonly<Record<string, string | number>> | undefined,
  publisher: string | undefined,
): string | undefined => {
  if (content === undefined) return undefined;
  const { after } = content;
  const ours = typeof after === 'string' && modelNamePattern.test(after);
  if (ours && (publisher === undefined || after.startsWith(`${publisher}.`))) return after;
  throw new DomainError('invalid', 'invalid_cursor', "'query/cursor' must be the 'next' of a page of the same list");
};

/** GET /v1/models/{model}/aliases */
import { viewerOf } from '../../accounts/gateway.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import { decodeCursor, encodeCursor } from '../../shared/platform/cursor.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { isOwner } from '../domain/visibility.ts';
import type { AliasStore, ModelStore } from '../ports.ts';
import { findVisible } from './find-model.ts';
import { tellAlias } from './tell-alias.ts';

export interface AliasPorts {
  readonly models: Pick<ModelStore, 'find'>;
  readonly aliases: Pick<AliasStore, 'find' | 'list'>;
}

export const listAliases =
  ({ models, aliases }: AliasPorts): UseCase<typeof registryRoutes.listAliases> =>
  async ({ caller, params, query }) => {
    const model = await findVisible(models, caller, params.model);
    const isOwn = isOwner(model, viewerOf(caller, model.name));
    const filters = { list: 'aliases', model: model.name };
    const after = afterAlias(decodeCursor(query.cursor, filters));
    // A model has few: they are read whole.
    const rest = (await aliases.list(model.name)).filter(({ alias }) => after === undefined || alias > after);
    const items = rest.slice(0, query.limit);
    const last = rest.length > items.length ? items.at(-1) : undefined;
    const next = encodeCursor(last && { after: last.alias }, filters);
    return { status: 200, body: { items: items.map((alias) => tellAlias(alias, isOwn)), next } };
  };

/** @throws DomainError invalid_cursor */
const afterAlias = (content: Readonly<Record<string, string | number>> | undefined): string | undefined => {
  if (content === undefined) return undefined;
  if (typeof content.after === 'string') return content.after;
  throw new DomainError('invalid', 'invalid_cursor', "'query/cursor' must be the 'next' of a page of the same list");
};

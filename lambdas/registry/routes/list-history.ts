/** GET /v1/models/{model}/history — what was done to a model, for its owner. */
import { toTimestamp } from '../../shared/kernel/clock.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import { decodeCursor, encodeCursor } from '../../shared/platform/cursor.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { PAGE_LIMIT_BYTES, withinBytes } from '../domain/within-bytes.ts';
import type { HistoryEntry, HistoryStore } from '../ports/life.ts';
import { findOwn, type OwnModels } from './find-model.ts';

export interface ListHistoryPorts extends OwnModels {
  readonly history: HistoryStore;
}

export const listHistory =
  (ports: ListHistoryPorts): UseCase<typeof registryRoutes.listHistory> =>
  async ({ caller, params, query }) => {
    const model = await findOwn(ports, caller, params.model);
    const filters = { list: 'history', model: model.name };
    const after = afterId(decodeCursor(query.cursor, filters));
    const { items, last } = await ports.history.list({ model: model.name, limit: query.limit, after });
    const told = withinBytes(items.map(tellEntry), PAGE_LIMIT_BYTES);
    const end = told.length < items.length ? told.at(-1)?.id : last;
    const next = encodeCursor(end === undefined ? undefined : { after: end }, filters);
    return { status: 200, body: { items: told, next } };
  };

const tellEntry = (entry: HistoryEntry) => ({
  id: entry.id,
  at: toTimestamp(entry.atMs),
  event: entry.event,
  model: entry.model,
  version: entry.version ?? null,
  by: { ...entry.by },
  reason: entry.reason ?? null,
  from: entry.from ?? null,
  to: entry.to ?? null,
  data: entry.data,
});

/** @throws DomainError invalid_cursor */
const afterId = (content: Readonly<Record<string, string | number>> | undefined): string | undefined => {
  if (content === undefined) return undefined;
  if (typeof content.after === 'string') return content.after;
  throw new DomainError('invalid', 'invalid_cursor', "'query/cursor' must be the 'next' of a page of the same list");
};

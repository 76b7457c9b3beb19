/** GET /v1/models — searches the public models, the caller's own, and private ones that it was let in to. */
import { encodeCursor } from '../../shared/platform/cursor.ts';
import type { RouteRequest, UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { priceOfRow } from '../domain/search/describe-model.ts';
import type { SearchQuery } from '../domain/search/search-query.ts';
import { searchSegments } from '../domain/search/search-segments.ts';
import { PAGE_LIMIT_BYTES, withinBytes } from '../domain/within-bytes.ts';
import type { Model } from '../ports.ts';
import { readSearch } from './read-search.ts';
import { findSeen, type SearchPorts, searchedParts } from './searched-models.ts';
import { tellModel } from './tell-model.ts';

export const listModels =
  (ports: SearchPorts): UseCase<typeof registryRoutes.listModels> =>
  async ({ caller, query, nowMs }: RouteRequest<typeof registryRoutes.listModels>) => {
    const { search, filters } = readSearch(query);
    const parts = await searchedParts(ports, caller, search, nowMs);
    const { hits, facets } = searchSegments(parts, search);
    const page = hits.slice(0, search.limit);
    const names = page.map(({ name }) => name);
    const [seen, stats] = await Promise.all([findSeen(ports, caller, names), ports.directory.statsOf(names)]);
    const items = seen.flatMap((model) => (stillPasses(model, search) ? tellModel(model, stats.get(model.name)) : []));
    const told = withinBytes(items, PAGE_LIMIT_BYTES);
    const endName = told.length < items.length ? told.at(-1)?.name : hits.length > page.length && page.at(-1)?.name;
    const end = page.find(({ name }) => name === endName);
    // Text keeps what JSON has no number for: a price or a latency that nobody knows.
    const next = encodeCursor(end && { key: String(end.key), name: end.name }, filters);
    return { status: 200, body: { items: told, next, ...(search.facets.length > 0 ? { facets } : {}) } };
  };

/** What a model says itself is held against the filters once more: the index may be some seconds behind. */
const stillPasses = (model: Model, { visibility, tag, maxPriceMicros }: SearchQuery): boolean =>
  (visibility.length === 0 || visibility.includes(model.visibility)) &&
  tag.every((one) => model.tags.includes(one)) &&
  (maxPriceMicros === undefined || priceOfRow(model.price) <= maxPriceMicros);

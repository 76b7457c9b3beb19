/**
 * GET /v1/models — searches the public models and the caller's own. The index tells names; what is answered is read from
 * the table, so that what was made private, deleted or dearer is told so at once, however old the index is.
 */
import { viewerOf } from '../../accounts/gateway.ts';
import type { Caller } from '../../shared/platform/caller.ts';
import { encodeCursor } from '../../shared/platform/cursor.ts';
import type { RouteRequest, UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { allBits, hasBit } from '../domain/search/bits.ts';
import { buildSegment } from '../domain/search/build-segment.ts';
import { describeModel, priceOfRow } from '../domain/search/describe-model.ts';
import { prepareSegment } from '../domain/search/prepared-segment.ts';
import type { SearchDocument } from '../domain/search/search-document.ts';
import type { SearchQuery } from '../domain/search/search-query.ts';
import { type SearchedPart, searchSegments } from '../domain/search/search-segments.ts';
import { indexOfText } from '../domain/search/text-table.ts';
import { maySeeModel } from '../domain/visibility.ts';
import { PAGE_LIMIT_BYTES, withinBytes } from '../domain/within-bytes.ts';
import type { ModelDirectory } from '../ports/search.ts';
import type { Model, ModelStore } from '../ports.ts';
import type { CurrentIndex } from '../search-index.ts';
import { readSearch } from './read-search.ts';
import { tellModel } from './tell-model.ts';

/** Most models of the caller's own that are searched; and of the catalogue, while there is no index. */
const WALK_LIMIT = 1000;

export interface ListModelsPorts {
  readonly models: Pick<ModelStore, 'walk'>;
  readonly directory: ModelDirectory;
  readonly index: CurrentIndex;
}

export const listModels =
  (ports: ListModelsPorts): UseCase<typeof registryRoutes.listModels> =>
  async ({ caller, query, nowMs }: RouteRequest<typeof registryRoutes.listModels>) => {
    const { search, filters } = readSearch(query);
    const parts = await searchedParts(ports, caller, search, nowMs);
    const { hits, facets } = searchSegments(parts, search);
    const page = hits.slice(0, search.limit);
    const names = page.map(({ name }) => name);
    const [found, stats] = await Promise.all([ports.directory.findMany(names), ports.directory.statsOf(names)]);
    const items = page.flatMap(({ name }) => {
      const model = found.get(name);
      const isTold = model && maySeeModel(model, viewerOf(caller, name)) && stillPasses(model, search);
      return isTold ? tellModel(model, stats.get(name)) : [];
    });
    const told = withinBytes(items, PAGE_LIMIT_BYTES);
    const endName = told.length < items.length ? told.at(-1)?.name : hits.length > page.length && page.at(-1)?.name;
    const end = page.find(({ name }) => name === endName);
    // Text keeps what JSON has no number for: a price or a latency that nobody knows.
    const next = encodeCursor(end && { key: String(end.key), name: end.name }, filters);
    return { status: 200, body: { items: told, next, ...(search.facets.length > 0 ? { facets } : {}) } };
  };

const searchedParts = async (
  { models, directory, index }: ListModelsPorts,
  caller: Caller | undefined,
  search: SearchQuery,
  nowMs: number,
): Promise<readonly SearchedPart[]> => {
  const [indexed, owned] = await Promise.all([
    index(),
    caller ? directory.owned(caller.accountId, WALK_LIMIT) : ([] as const),
  ]);
  const describe = (some: readonly Model[]) =>
    needsDetails(search) ? directory.describe(some, nowMs) : some.map((model) => describeModel(model, {}, nowMs));
  const listed = indexed ?? [partOf(await describe(await firstListed(models)))];
  const own = owned.filter(
    (model) => maySeeModel(model, viewerOf(caller, model.name)) && !listed.some((part) => tells(part, model.name)),
  );
  return own.length === 0 ? listed : [...listed, partOf(await describe(own))];
};

/** What is searched until the first index is made. */
const firstListed = async (models: Pick<ModelStore, 'walk'>): Promise<Model[]> => {
  const walk = { ownerAccountId: undefined, publisher: undefined, after: undefined, descending: false };
  const listed: Model[] = [];
  for await (const model of models.walk(walk)) {
    listed.push(model);
    if (listed.length === WALK_LIMIT) break;
  }
  return listed;
};

/** What a model itself does not say costs further reads, so only who asks for it pays them. */
const needsDetails = ({ tensors, maxLatencyMs, minRating, sort }: SearchQuery): boolean =>
  tensors.length > 0 ||
  maxLatencyMs !== undefined ||
  minRating !== undefined ||
  sort === 'latency' ||
  sort === '-rating' ||
  sort === '-usage';

const partOf = (documents: readonly SearchDocument[]): SearchedPart => {
  const prepared = prepareSegment(buildSegment(documents));
  return { prepared, live: allBits(prepared.count) };
};

const tells = ({ prepared, live }: SearchedPart, name: string): boolean => {
  const doc = indexOfText(prepared.segment.names, name);
  return doc >= 0 && hasBit(live, doc);
};

/** What a model says itself is held against the filters once more: the index may be some seconds behind. */
const stillPasses = (model: Model, { visibility, tag, maxPriceMicros }: SearchQuery): boolean =>
  (visibility.length === 0 || visibility.includes(model.visibility)) &&
  tag.every((one) => model.tags.includes(one)) &&
  (maxPriceMicros === undefined || priceOfRow(model.price) <= maxPriceMicros);

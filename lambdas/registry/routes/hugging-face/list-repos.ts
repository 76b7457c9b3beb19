/** GET /hf/api/models — what a search finds, as repositories: sorted and narrowed as the Hub's clients ask for it. */
import type { Caller } from '../../../shared/platform/caller.ts';
import { decodeCursor, encodeCursor } from '../../../shared/platform/cursor.ts';
import type { RouteRequest, UseCase } from '../../../shared/platform/route.ts';
import type { registryRoutes } from '../../contract.ts';
import { hubTags, LIBRARY } from '../../domain/readme.ts';
import {
  readBeginnings,
  type SearchPlace,
  type SearchQuery,
  type SortOrder,
} from '../../domain/search/search-query.ts';
import { searchSegments } from '../../domain/search/search-segments.ts';
import type { CardStore } from '../../ports/cards.ts';
import type { Model, VersionStore } from '../../ports.ts';
import { placeOf } from '../read-search.ts';
import { findSeen, type SearchPorts, searchedParts } from '../searched-models.ts';
import { atVersion, findCard, hasFiles } from './find-repo.ts';
import { publicUrl } from './public-url.ts';
import { tellRepo, tellRepoAt } from './tell-repo.ts';

export interface ListReposPorts extends SearchPorts {
  readonly versions: Pick<VersionStore, 'find'>;
  readonly cards: Pick<CardStore, 'find'>;
}

type Query = RouteRequest<typeof registryRoutes.hfListModels>['query'];

const PAGE_LIMIT = 100;
/** With their files, each takes a read of its own. */
const FULL_LIMIT = 25;
/** Of the index, for one page of an answer: what the index does not know is held against each model. */
const ROUND_LIMIT = 5;

export const listRepos =
  (ports: ListReposPorts): UseCase<typeof registryRoutes.hfListModels> =>
  async ({ caller, query, rawHeaders, nowMs }) => {
    const { cursor, limit, full, cardData, ...filters } = query;
    const print = { list: 'hf-models', ...filters };
    const wanted = {
      query: filters,
      limit: Math.min(limit, full || cardData ? FULL_LIMIT : PAGE_LIMIT),
      after: placeOf(decodeCursor(cursor, print)),
    };
    const { models, end } = await findRepos(ports, caller, { ...wanted, nowMs });
    const next = encodeCursor(end && { key: String(end.key), name: end.name }, print);
    const stats = await ports.directory.statsOf(models.map(({ name }) => name));
    const tell = full || cardData ? tellFull(ports) : async (model: Model) => tellRepo(model);
    const body = await Promise.all(
      models.map(async (model) => ({ ...(await tell(model)), likes: stats.get(model.name)?.ratingCount ?? 0 })),
    );
    const link =
      next === null
        ? {}
        : { link: `<${publicUrl(rawHeaders, '/hf/api/models', { ...query, cursor: next })}>; rel="next"` };
    return { status: 200, body, headers: link };
  };

type Filters = Pick<Query, 'search' | 'author' | 'filter' | 'pipeline_tag' | 'gated' | 'sort' | 'direction'>;

const findRepos = async (
  ports: ListReposPorts,
  caller: Caller | undefined,
  wanted: {
    readonly query: Filters;
    readonly limit: number;
    readonly after: SearchPlace | undefined;
    readonly nowMs: number;
  },
): Promise<{ models: Model[]; end: SearchPlace | undefined }> => {
  const search = searchOf(wanted.query);
  const matches = matcherOf(wanted.query);
  const parts = await searchedParts(ports, caller, search, wanted.nowMs);
  const models: Model[] = [];
  let { after } = wanted;
  for (let round = 0; round < ROUND_LIMIT; round++) {
    const { hits } = searchSegments(parts, { ...search, after });
    const page = hits.slice(0, search.limit);
    const seen = await findSeen(
      ports,
      caller,
      page.map(({ name }) => name),
    );
    const fitting = new Map(seen.filter(matches).map((model) => [model.name, model]));
    for (const [at, place] of page.entries()) {
      const model = fitting.get(place.name);
      if (model) models.push(model);
      after = place;
      if (models.length === wanted.limit) return { models, end: at + 1 < hits.length ? place : undefined };
    }
    if (hits.length === page.length) return { models, end: undefined };
  }
  return { models, end: after };
};

const sorts: Readonly<Record<string, SortOrder>> = {
  downloads: '-usage',
  trendingScore: '-usage',
  likes: '-rating',
  lastModified: '-updatedAt',
  createdAt: '-createdAt',
};

const LICENSE = 'license:';

const tagsOf = ({ filter }: Filters): readonly string[] =>
  (filter ?? '').split(',').flatMap((tag) => tag.trim().toLowerCase() || []);

/** What of it the index knows. */
const searchOf = (query: Filters): SearchQuery => {
  const { search = '', author, pipeline_tag: task } = query;
  // Of a part of a repository's name, the beginning is looked for; all of it is held against each name.
  const text = search.slice(search.indexOf('/') + 1);
  const tags = tagsOf(query).filter((tag) => tag !== LIBRARY);
  const licenses = new Set(tags.filter((tag) => tag.startsWith(LICENSE)).map((tag) => tag.slice(LICENSE.length)));
  // A model has one licence: of several the index looks for one, and none is found to have them all.
  const [license] = licenses;
  return {
    words: text ? readBeginnings(text) : undefined,
    task: task === undefined ? [] : [task.toLowerCase()],
    license: license === undefined ? [] : [license],
    publisher: author === undefined ? [] : [author],
    visibility: [],
    tag: [],
    label: tags.filter((tag) => !tag.startsWith(LICENSE)),
    tensors: [],
    maxPriceMicros: undefined,
    maxLatencyMs: undefined,
    minRating: undefined,
    sort: sortOf(query),
    facets: [],
    limit: PAGE_LIMIT,
    after: undefined,
  };
};

/** Of what is sorted by, the Hub tells most and newest first. */
const sortOf = ({ sort, direction, search }: Filters): SortOrder => {
  const order = Object.hasOwn(sorts, sort ?? '') ? sorts[sort ?? ''] : undefined;
  if (order === undefined) return search ? 'relevance' : '-usage';
  return direction === '1' ? (order.slice(1) as SortOrder) : order;
};

/** What a model says itself, some of which no index knows; and what has no version has no commit, so that there is nothing to read in it. */
const matcherOf = (query: Filters) => {
  const tags = tagsOf(query);
  // `publisher/mod`: part of a repository's name is meant, and nothing else.
  const partOfName = query.search?.includes('/') ? query.search.replace('/', '.').toLowerCase() : '';
  return (model: Model): boolean => {
    const known = new Set(hubTags(model));
    const isGated = tellRepo(model).gated !== false;
    return (
      model.latestVersion !== undefined &&
      model.name.includes(partOfName) &&
      tags.every((tag) => known.has(tag)) &&
      (query.gated === undefined || isGated === query.gated)
    );
  };
};

const tellFull =
  ({ versions, cards }: ListReposPorts) =>
  async (model: Model) => {
    const version =
      model.latestVersion === undefined ? undefined : await versions.find(model.name, model.latestVersion);
    const card = await findCard(cards, model);
    return version && hasFiles(version)
      ? tellRepoAt(atVersion({ model, card, accountId: undefined }, version), { blobs: false })
      : tellRepo(model);
  };

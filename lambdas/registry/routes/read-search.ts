// The parameters of a search as the index takes them, and the place that its cursor names.
import { DomainError } from '../../shared/kernel/errors.ts';
import { modelNamePattern } from '../../shared/kernel/ids.ts';
import { datatypes } from '../../shared/onnx/signature.ts';
import { decodeCursor } from '../../shared/platform/cursor.ts';
import type { RouteRequest } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { readWords, type SearchPlace, type SearchQuery } from '../domain/search/search-query.ts';
import { parseTensorQueries } from '../domain/search/signature-query.ts';

type Query = RouteRequest<typeof registryRoutes.listModels>['query'];

export interface ReadSearch {
  readonly search: SearchQuery;
  /** All that selects and sorts the list: a cursor belongs to it. */
  readonly filters: unknown;
}

/** @throws DomainError invalid_cursor */
export const readSearch = (query: Query): ReadSearch => {
  const { cursor, limit, facets = [], q, signature, ...rest } = query;
  const words = q === undefined ? undefined : readWords(q);
  const sort = query.sort ?? (words ? 'relevance' : 'name');
  const filters = { list: 'models', q, signature, ...rest, sort };
  return {
    filters,
    search: {
      words,
      task: rest.task ?? [],
      license: rest.license ?? [],
      publisher: rest.publisher ?? [],
      visibility: rest.visibility ?? [],
      tag: rest.tag ?? [],
      tensors: signature === undefined ? [] : (parseTensorQueries(signature, datatypes) ?? []),
      maxPriceMicros: rest.maxPriceMicros === undefined ? undefined : Number(rest.maxPriceMicros),
      maxLatencyMs: rest.maxLatencyMs,
      minRating: rest.minRating,
      sort,
      facets: [...new Set(facets)],
      limit,
      after: placeOf(decodeCursor(cursor, filters)),
    },
  };
};

/** A cursor is not signed, so what is in it is looked at like any other input. @throws DomainError invalid_cursor */
export const placeOf = (content: Readonly<Record<string, string | number>> | undefined): SearchPlace | undefined => {
  if (content === undefined) return undefined;
  const { key, name } = content;
  const isOurs = typeof key === 'string' && key !== '' && typeof name === 'string' && modelNamePattern.test(name);
  if (isOurs && !Number.isNaN(Number(key))) return { key: Number(key), name };
  throw new DomainError('invalid', 'invalid_cursor', "'query/cursor' must be the 'next' of a page of the same list");
};

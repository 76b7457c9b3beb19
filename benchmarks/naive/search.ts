// What the search index must answer, said plainly: every model is looked at for every query, word by word.
import { publisherOf } from '../../lambdas/registry/domain/search/build-segment.ts';
import { liftOf, type SearchDocument } from '../../lambdas/registry/domain/search/search-document.ts';
import type {
  FacetCount,
  FacetField,
  QueryWord,
  SearchQuery,
} from '../../lambdas/registry/domain/search/search-query.ts';
import { answersTensors, readSignature } from '../../lambdas/registry/domain/search/signature-query.ts';

export interface NaiveAnswer {
  /** All that match, in order. */
  readonly names: readonly string[];
  readonly facets: Readonly<Partial<Record<FacetField, readonly FacetCount[]>>>;
}

export const naiveSearch = (documents: readonly SearchDocument[], query: SearchQuery): NaiveAnswer => {
  const tests = (query.words ?? []).map((word) => wordTest(documents, word));
  const found = documents
    .filter((document) => passes(document, query))
    .map((document) => ({ document, worths: tests.map((test) => worthOf(document, test)) }))
    .filter(({ worths }) => query.words === undefined || (worths.length > 0 && worths.every((worth) => worth > 0)))
    .map(({ document, worths }) => ({ document, key: keyOf(document, query, worths) }));
  const sign = query.sort === '-name' ? -1 : 1;
  found.sort((a, b) => a.key - b.key || (a.document.name < b.document.name ? -sign : sign));
  const facets = query.facets.map(
    (field) =>
      [
        field,
        count(
          found.map(({ document }) => document),
          field,
        ),
      ] as const,
  );
  return { names: found.map(({ document }) => document.name), facets: Object.fromEntries(facets) };
};

type Test = (word: string) => number;

const wordTest = (documents: readonly SearchDocument[], { word, asPrefix, tolerant }: QueryWord): Test => {
  const exact: Test = (other) => (other === word ? 8 : asPrefix && other.startsWith(word) ? 5 : 0);
  if (!tolerant || documents.some((document) => worthOf(document, exact) > 0)) return exact;
  const errors = word.length >= 8 ? 2 : word.length >= 4 ? 1 : 0;
  const beginningErrors = !asPrefix ? 0 : word.length >= 9 ? 2 : word.length >= 6 ? 1 : 0;
  const known = new Map<string, number>();
  const resembling: Test = (other) => {
    if (errors === 0) return 0;
    const distances = distancesOf(other, word);
    if ((distances.at(-1) ?? 99) <= errors) return 4;
    return beginningErrors > 0 && distances.slice(1).some((distance) => distance <= beginningErrors) ? 3 : 0;
  };
  return (other) => {
    const worth = known.get(other) ?? resembling(other);
    known.set(other, worth);
    return worth;
  };
};

const worthOf = ({ words }: SearchDocument, test: Test): number => {
  let best = 0;
  for (const [word, weight] of words) best = Math.max(best, weight * test(word));
  return best;
};

/** Optimal string alignment distance of each beginning of `text` to `word`. */
export const distancesOf = (text: string, word: string): number[] => {
  const rows: number[][] = [Array.from({ length: word.length + 1 }, (_, column) => column)];
  for (let depth = 1; depth <= text.length; depth++) {
    const row = [depth];
    for (let column = 1; column <= word.length; column++) {
      const at = (up: number, left: number) =>
        rows[depth - up]?.[column - left] ?? (up === 0 ? row[column - left] : 99) ?? 99;
      let best = Math.min(
        at(1, 0) + 1,
        (row[column - 1] ?? 99) + 1,
        at(1, 1) + (text[depth - 1] === word[column - 1] ? 0 : 1),
      );
      const swapped = text[depth - 1] === word[column - 2] && text[depth - 2] === word[column - 1];
      if (depth > 1 && column > 1 && swapped) best = Math.min(best, at(2, 2) + 1);
      row.push(best);
    }
    rows.push(row);
  }
  return rows.map((row) => row[word.length] ?? 99);
};

const passes = (document: SearchDocument, query: SearchQuery): boolean =>
  oneOf(query.task, document.task) &&
  oneOf(
    query.license.map((one) => one.toLowerCase()),
    document.license.toLowerCase(),
  ) &&
  oneOf(query.publisher, publisherOf(document.name)) &&
  oneOf(query.visibility, document.visibility) &&
  query.tag.every((tag) => document.tags.includes(tag)) &&
  (query.label ?? []).every((label) => document.task === label || document.tags.includes(label)) &&
  (query.tensors.length === 0 ||
    (document.signature !== '' && answersTensors(readSignature(document.signature), query.tensors))) &&
  (query.maxPriceMicros === undefined || document.priceMicros <= query.maxPriceMicros) &&
  (query.maxLatencyMs === undefined || (document.latencyMs ?? Number.POSITIVE_INFINITY) <= query.maxLatencyMs) &&
  (query.minRating === undefined || document.rating >= query.minRating);

const oneOf = (values: readonly string[], value: string) => values.length === 0 || values.includes(value);

const keyOf = (document: SearchDocument, query: SearchQuery, worths: readonly number[]): number => {
  switch (query.sort) {
    case 'name':
    case '-name':
      return 0;
    case 'price':
      return document.priceMicros;
    case 'latency':
      return document.latencyMs ?? Number.POSITIVE_INFINITY;
    case '-rating':
      return -document.rating;
    case 'rating':
      return document.rating;
    case '-usage':
      return -document.callCount;
    case 'usage':
      return document.callCount;
    case '-createdAt':
      return -document.createdAtMs;
    case 'createdAt':
      return document.createdAtMs;
    case '-updatedAt':
      return -document.updatedAtMs;
    case 'updatedAt':
      return document.updatedAtMs;
    case 'relevance':
      if (query.words === undefined) return -document.callCount;
      return -worths.reduce((sum, worth) => sum + worth, 0) * (256 + liftOf(document.callCount, document.rating));
  }
};

const count = (documents: readonly SearchDocument[], field: FacetField): FacetCount[] => {
  const counts = new Map<string, number>();
  for (const document of documents) {
    const values =
      field === 'tag' ? document.tags : [field === 'publisher' ? publisherOf(document.name) : document[field]];
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, 50);
};

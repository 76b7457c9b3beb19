/**
 * What a search goes through, and what of its finds is told. The index tells names; what is answered is read from the table,
 * so that what was made private, deleted or dearer is told so at once, however old the index is.
 */
import { viewerOf } from '../../accounts/gateway.ts';
import type { Caller } from '../../shared/platform/caller.ts';
import { allBits, hasBit } from '../domain/search/bits.ts';
import { buildSegment } from '../domain/search/build-segment.ts';
import { describeModel } from '../domain/search/describe-model.ts';
import { prepareSegment } from '../domain/search/prepared-segment.ts';
import type { SearchDocument } from '../domain/search/search-document.ts';
import type { SearchQuery } from '../domain/search/search-query.ts';
import type { SearchedPart } from '../domain/search/search-segments.ts';
import { indexOfText } from '../domain/search/text-table.ts';
import { isOwner, maySeeModel } from '../domain/visibility.ts';
import type { AccessStore } from '../ports/access.ts';
import type { ModelDirectory } from '../ports/search.ts';
import type { Model, ModelStore } from '../ports.ts';
import type { CurrentIndex } from '../search-index.ts';
import type { UnlistedModels } from '../unlisted-models.ts';

/** Most models of the catalogue that are searched while there is no index. */
const WALK_LIMIT = 1000;

export interface SearchPorts {
  readonly models: Pick<ModelStore, 'walk'>;
  readonly directory: ModelDirectory;
  readonly index: CurrentIndex;
  readonly unlisted: UnlistedModels;
  readonly access: Pick<AccessStore, 'find'>;
}

export const searchedParts = async (
  ports: SearchPorts,
  caller: Caller | undefined,
  search: SearchQuery,
  nowMs: number,
): Promise<readonly SearchedPart[]> => {
  const { models, directory, index, unlisted } = ports;
  const [indexed, known] = await Promise.all([index(), caller ? unlisted(caller.accountId) : ([] as const)]);
  const describe = (some: readonly Model[]) =>
    needsDetails(search) ? directory.describe(some, nowMs) : some.map((model) => describeModel(model, {}, nowMs));
  const listed = indexed ?? [partOf(await describe(await firstListed(models)))];
  const isSeen = (model: Model) => {
    const viewer = viewerOf(caller, model.name);
    // What is another's is there because its account was let in.
    return isOwner(model, caller?.accountId) ? maySeeModel(model, viewer) : viewer !== undefined;
  };
  const more = known.filter((model) => isSeen(model) && !listed.some((part) => tells(part, model.name)));
  return more.length === 0 ? listed : [...listed, partOf(await describe(more))];
};

/** Those of the models that the caller may see now, in the same order. */
export const findSeen = async (
  { directory, access }: Pick<SearchPorts, 'directory' | 'access'>,
  caller: Caller | undefined,
  names: readonly string[],
): Promise<readonly Model[]> => {
  const found = await directory.findMany(names);
  const isSeen = async (model: Model): Promise<boolean> => {
    const viewer = viewerOf(caller, model.name);
    if (maySeeModel(model, viewer)) return true;
    if (model.visibility !== 'private' || viewer === undefined) return false;
    // Read anew: the publisher may have ended it this moment.
    return maySeeModel(model, viewer, await access.find(model.name, viewer));
  };
  const models = names.flatMap((name) => found.get(name) ?? []);
  const seen = await Promise.all(models.map(isSeen));
  return models.filter((_, at) => seen[at]);
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
  ['latency', 'rating', '-rating', 'usage', '-usage'].includes(sort);

const partOf = (documents: readonly SearchDocument[]): SearchedPart => {
  const prepared = prepareSegment(buildSegment(documents));
  return { prepared, live: allBits(prepared.count) };
};

const tells = ({ prepared, live }: SearchedPart, name: string): boolean => {
  const doc = indexOfText(prepared.segment.names, name);
  return doc >= 0 && hasBit(live, doc);
};

/** GET /hf/api/models — the catalogue and the caller's own models, as repositories, by name. */
import { viewerOf } from '../../../accounts/gateway.ts';
import { DomainError } from '../../../shared/kernel/errors.ts';
import { modelNamePattern } from '../../../shared/kernel/ids.ts';
import { decodeCursor, encodeCursor } from '../../../shared/platform/cursor.ts';
import type { UseCase } from '../../../shared/platform/route.ts';
import type { registryRoutes } from '../../contract.ts';
import { matchText } from '../../domain/match-text.ts';
import { mergeByName } from '../../domain/merge-by-name.ts';
import { pageOf } from '../../domain/page-of.ts';
import { hubTags } from '../../domain/readme.ts';
import { maySeeModel } from '../../domain/visibility.ts';
import type { CardStore } from '../../ports/cards.ts';
import type { Model, ModelStore, VersionStore } from '../../ports.ts';
import { atVersion, findCard, hasFiles } from './find-repo.ts';
import { publicUrl } from './public-url.ts';
import { tellRepo, tellRepoAt } from './tell-repo.ts';

export interface ListReposPorts {
  readonly models: Pick<ModelStore, 'walk'>;
  readonly versions: Pick<VersionStore, 'find'>;
  readonly cards: Pick<CardStore, 'find'>;
}

const PAGE_LIMIT = 100;
/** With their files, each takes a read of its own. */
const FULL_LIMIT = 25;
const LOOK_LIMIT = 1000;

export const listRepos =
  (ports: ListReposPorts): UseCase<typeof registryRoutes.hfListModels> =>
  async ({ caller, query, rawHeaders }) => {
    const { cursor, limit, full, ...filters } = query;
    const print = { list: 'hf-models', ...filters };
    const after = afterName(decodeCursor(cursor, print));
    const walk = (ownerAccountId: string | undefined) =>
      ports.models.walk({ ownerAccountId, publisher: filters.author, after, descending: false });
    const all = caller ? mergeByName(walk(undefined), walk(caller.accountId), false) : walk(undefined);
    const matches = filterOf(filters);
    const { items, last } = await pageOf(all, {
      limit: Math.min(limit, full ? FULL_LIMIT : PAGE_LIMIT),
      lookLimit: LOOK_LIMIT,
      // What has no published version is a repository without a commit: there is nothing to read in it.
      matches: (model) =>
        model.latestVersion !== undefined && maySeeModel(model, viewerOf(caller, model.name)) && matches(model),
    });
    const next = encodeCursor(last && { after: last.name }, print);
    const body = full ? await Promise.all(items.map((model) => tellFull(ports, model))) : items.map(tellRepo);
    const link =
      next === null
        ? {}
        : { link: `<${publicUrl(rawHeaders, '/hf/api/models', { ...query, cursor: next })}>; rel="next"` };
    return { status: 200, body, headers: link };
  };

interface Filters {
  readonly search?: string | undefined;
  readonly filter?: string | undefined;
  readonly pipeline_tag?: string | undefined;
  readonly gated?: boolean | undefined;
}

const filterOf = ({ search, filter, pipeline_tag: task, gated }: Filters) => {
  const says = search === undefined ? () => true : matchText(search.replace('/', '.'));
  const tags = [...(filter?.split(',') ?? []), ...(task === undefined ? [] : [task])].map((tag) => tag.toLowerCase());
  return (model: Model): boolean => {
    const known = new Set(hubTags(model));
    const open = tellRepo(model).gated === false;
    return tags.every((tag) => known.has(tag)) && (gated === undefined || open !== gated) && says(model);
  };
};

const tellFull = async ({ versions, cards }: ListReposPorts, model: Model) => {
  const version = model.latestVersion === undefined ? undefined : await versions.find(model.name, model.latestVersion);
  const card = await findCard(cards, model);
  return version && hasFiles(version)
    ? tellRepoAt(atVersion({ model, card, accountId: undefined }, version), { blobs: false })
    : tellRepo(model);
};

/** @throws DomainError invalid_cursor */
const afterName = (content: Readonly<Record<string, string | number>> | undefined): string | undefined => {
  if (content === undefined) return undefined;
  if (typeof content.after === 'string' && modelNamePattern.test(content.after)) return content.after;
  throw new DomainError('invalid', 'invalid_cursor', "'query/cursor' must be the 'next' of a page of the same list");
};

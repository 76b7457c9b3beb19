/** GET /hf/api/models/{publisher}/{model}/commits/{revision} — the version, and the published ones below it, highest first. */
import { DomainError } from '../../../shared/kernel/errors.ts';
import { decodeCursor, encodeCursor } from '../../../shared/platform/cursor.ts';
import type { UseCase } from '../../../shared/platform/route.ts';
import type { registryRoutes } from '../../contract.ts';
import { isVersion } from '../../domain/version-order.ts';
import type { VersionStore } from '../../ports.ts';
import { atVersion, findRepoAt, hasFiles, type RepoAt, type RepoPorts } from './find-repo.ts';
import { publicUrl } from './public-url.ts';
import { tellLastCommit } from './tell-repo.ts';

export interface ListCommitsPorts extends RepoPorts {
  readonly versions: Pick<VersionStore, 'find' | 'list'>;
}

/** Each is read whole. */
const PAGE_LIMIT = 50;

export const listCommits =
  (ports: ListCommitsPorts): UseCase<typeof registryRoutes.hfListCommits> =>
  async ({ params, query, rawHeaders, ...asking }) => {
    const at = await findRepoAt(ports, asking, params);
    const print = { list: 'hf-commits', model: at.model.name, version: at.version.version };
    const after = afterVersion(decodeCursor(query.cursor, print));
    const { items, last } = await ports.versions.list({
      model: at.model.name,
      publishedOnly: true,
      limit: PAGE_LIMIT,
      after: after ?? at.version.version,
    });
    const below = items.filter(hasFiles).map((version) => atVersion(at, version));
    const next = encodeCursor(last === undefined ? undefined : { after: last }, print);
    const { publisher, model, revision } = params;
    const path = `/hf/api/models/${publisher}/${model}/commits/${encodeURIComponent(revision)}`;
    return {
      status: 200,
      body: [...(after === undefined ? [at] : []), ...below].map(tellCommit),
      headers: next === null ? {} : { link: `<${publicUrl(rawHeaders, path, { cursor: next })}>; rel="next"` },
    };
  };

const tellCommit = (at: RepoAt) => {
  const { id, title, date } = tellLastCommit(at);
  return { id, title, message: '', date, authors: [{ user: at.model.name.slice(0, at.model.name.indexOf('.')) }] };
};

/** @throws DomainError invalid_cursor */
const afterVersion = (content: Readonly<Record<string, string | number>> | undefined): string | undefined => {
  if (content === undefined) return undefined;
  if (typeof content.after === 'string' && isVersion(content.after)) return content.after;
  throw new DomainError('invalid', 'invalid_cursor', "'query/cursor' must be the 'next' of a page of the same list");
};

// The repository and revision that a path of the Hub's protocol names: a model, and one of its versions.
import { viewerOf } from '../../../accounts/gateway.ts';
import type { Caller } from '../../../shared/platform/caller.ts';
import { LATEST } from '../../domain/alias-name.ts';
import { isSunset } from '../../domain/notice.ts';
import { type Card, readKeptCard } from '../../domain/read-card.ts';
import { readmeOf } from '../../domain/readme.ts';
import { servedFiles } from '../../domain/version-files.ts';
import { maySeeVersion } from '../../domain/visibility.ts';
import type { CardStore } from '../../ports/cards.ts';
import type { Model, Version } from '../../ports.ts';
import { type Asking, type FindFilesPorts, findReferenced } from '../find-files.ts';
import { findVisible } from '../find-model.ts';
import { commitOf, isCommit, MAIN, type RepoFile, repoFiles, sameVersion, versionsOfCommit } from './repo-files.ts';

export interface RepoPorts extends FindFilesPorts {
  readonly cards: Pick<CardStore, 'find'>;
}

export interface Repo {
  readonly model: Model;
  /** undefined: the publisher wrote none. */
  readonly card: Card | undefined;
  /** As whom the caller sees the model. */
  readonly accountId: string | undefined;
}

export interface RepoAt extends Repo {
  readonly version: Version;
  readonly commit: string;
  readonly files: readonly RepoFile[];
}

export interface RepoName {
  readonly publisher: string;
  readonly model: string;
}

export const repoId = (model: Pick<Model, 'name'>): string => model.name.replace('.', '/');

/** @throws DomainError model_not_found */
export const findRepo = async (
  { models, cards }: Pick<RepoPorts, 'models' | 'cards'>,
  caller: Caller | undefined,
  { publisher, model }: RepoName,
): Promise<Repo> => {
  const name = `${publisher}.${model}`;
  const found = await findVisible(models, caller, name);
  return { model: found, card: await findCard(cards, found), accountId: viewerOf(caller, name) };
};

export const findCard = async (cards: Pick<CardStore, 'find'>, { name, license }: Model): Promise<Card | undefined> => {
  const kept = await cards.find(name);
  // An empty one is how a publisher takes theirs back.
  return kept && kept.text.trim() !== '' ? readKeptCard(kept.text, license) : undefined;
};

/** @param revision - `main`, an alias, a version, or a commit's hash @throws DomainError version_not_found, version_quarantined */
export const findRevision = async (
  ports: FindFilesPorts,
  repo: Repo,
  revision: string,
  asking: Asking,
): Promise<RepoAt> => {
  const pinned = isCommit(revision) ? await findCommit(ports, repo, revision, asking.nowMs) : undefined;
  // A client keeps what it pinned under the hash that it asked for.
  if (pinned) return { ...pinned, commit: revision };
  const reference = revision === MAIN ? LATEST : revision;
  return atVersion(repo, await findReferenced(ports, repo.model, reference, asking));
};

export const findRepoAt = async (
  ports: RepoPorts,
  asking: Asking,
  { revision, ...name }: RepoName & { readonly revision: string },
): Promise<RepoAt> => findRevision(ports, await findRepo(ports, asking.caller, name), revision, asking);

/** A retired version is told of no more: its files are gone. */
export const hasFiles = ({ state, validated }: Version): boolean => state !== 'retired' && validated !== undefined;

export const atVersion = (repo: Repo, version: Version): RepoAt => {
  const readme = readmeOf(repo.model, repo.card);
  const served = servedFiles(version);
  const files = repoFiles(served, { text: readme, isWritten: repo.card !== undefined });
  return { ...repo, version, commit: commitOf(version, served, readme), files };
};

const findCommit = async (
  { published, versions }: Pick<FindFilesPorts, 'published' | 'versions'>,
  repo: Repo,
  commit: string,
  nowMs: number,
): Promise<RepoAt | undefined> => {
  const names = versionsOfCommit(repo.model.name, await published.names(repo.model.name), commit);
  const found = await Promise.all(names.map((name) => versions.find(repo.model.name, name)));
  return found
    .filter((version) => version !== undefined)
    .filter((version) => version.state !== 'retired' && !isSunset(version, nowMs))
    .filter((version) => maySeeVersion(repo.model, version, repo.accountId) && hasFiles(version))
    .map((version) => atVersion(repo, version))
    .find((at) => sameVersion(at.commit, commit));
};

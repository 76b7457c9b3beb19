// A repository and its files as the Hub's protocol writes them.
import { toTimestamp } from '../../../shared/kernel/clock.ts';
import { cardDataOf, hubTags, LIBRARY } from '../../domain/readme.ts';
import type { Model } from '../../ports.ts';
import { type RepoAt, repoId } from './find-repo.ts';
import { pointerBytes, type RepoFile, type TreeEntry } from './repo-files.ts';

/** What is known without a version. */
export const tellRepo = (model: Model) => ({
  _id: model.name,
  id: repoId(model),
  modelId: repoId(model),
  author: model.name.slice(0, model.name.indexOf('.')),
  private: model.visibility === 'private',
  // To the Hub's clients: whether there is access to ask for. Where files are given to nobody, there is none.
  gated: gateOf(model),
  disabled: model.suspension !== undefined,
  tags: [...hubTags(model)],
  pipeline_tag: model.task,
  library_name: LIBRARY,
  createdAt: toTimestamp(model.createdAtMs),
  lastModified: toTimestamp(model.updatedAtMs),
});

/** `manual`: somebody decides who gets them; `auto`: who accepts the terms. */
const gateOf = (model: Model): false | 'auto' | 'manual' => {
  if (model.visibility === 'gated') return 'manual';
  return model.terms === undefined ? false : 'auto';
};

export interface RepoDetail {
  /** With each file's size and hash. */
  readonly blobs: boolean;
}

export const tellRepoAt = ({ model, card, version, commit, files }: RepoAt, { blobs }: RepoDetail) => ({
  ...tellRepo(model),
  sha: commit,
  lastModified: toTimestamp(Math.max(model.updatedAtMs, version.publishedAtMs ?? version.updatedAtMs)),
  cardData: cardDataOf(model, card),
  siblings: files.map((file) => (blobs ? tellSibling(file) : { rfilename: file.path })),
});

const tellSibling = ({ path, sizeBytes, oid, served }: RepoFile) => ({
  rfilename: path,
  size: sizeBytes,
  blobId: oid,
  ...(served ? { lfs: { sha256: served.sha256, size: sizeBytes, pointerSize: pointerBytes(served) } } : {}),
});

export const tellEntry = ({ type, path, oid, file }: TreeEntry) => ({
  type,
  path,
  oid,
  size: file?.sizeBytes ?? 0,
  ...(file?.served
    ? { lfs: { oid: file.served.sha256, size: file.sizeBytes, pointerSize: pointerBytes(file.served) } }
    : {}),
});

/** `expand` asks for them: each file came with its version. */
export const tellLastCommit = ({ version, commit }: RepoAt) => ({
  id: commit,
  title: `Version ${version.version}`,
  date: toTimestamp(version.publishedAtMs ?? version.updatedAtMs),
});

// A version as the Hugging Face Hub would tell it: a repository at a commit, its files as blobs of Git.
import { createHash } from 'node:crypto';
import type { ServedFile } from '../../domain/version-files.ts';
import type { Version } from '../../ports.ts';

/** The branch that clients ask for unless told otherwise: alias `latest`. */
export const MAIN = 'main';
export const README = 'README.md';

export interface RepoFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Git's name of the blob, 40 hexadecimal digits. */
  readonly oid: string;
  /** Where its bytes are kept under their SHA-256; undefined: the text that is told by `text`. */
  readonly served: ServedFile | undefined;
  readonly text: string | undefined;
}

const hexOf = (algorithm: 'sha1' | 'sha256', text: string) => createHash(algorithm).update(text).digest('hex');
const blobOid = (text: string) => hexOf('sha1', `blob ${Buffer.byteLength(text)}\0${text}`);

/** What Git keeps in place of a large file (git-lfs, spec v1). */
const pointerOf = ({ sha256, sizeBytes }: ServedFile) =>
  `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${sizeBytes}\n`;

export const pointerBytes = (file: ServedFile): number => Buffer.byteLength(pointerOf(file));

export interface Readme {
  readonly text: string;
  /** By the publisher: what we say ourselves stands back behind a version's own file. */
  readonly isWritten: boolean;
}

/**
 * By path. A card that its publisher wrote is `README.md`, also of a version that brings one: cards are mended, versions
 * never.
 */
export const repoFiles = (files: readonly ServedFile[], { text, isWritten }: Readme): readonly RepoFile[] => {
  const brought = files.some(({ path }) => path === README);
  const told = isWritten ? files.filter(({ path }) => path !== README) : files;
  const own = told.map((served) => ({
    path: served.path,
    sizeBytes: served.sizeBytes,
    oid: blobOid(pointerOf(served)),
    served,
    text: undefined,
  }));
  if (brought && !isWritten) return sorted(own);
  const card = { path: README, sizeBytes: Buffer.byteLength(text), oid: blobOid(text), served: undefined, text };
  return sorted([card, ...own]);
};

const sorted = (files: readonly RepoFile[]) => [...files].sort((a, b) => (a.path < b.path ? -1 : 1));

const commitPattern = /^[0-9a-f]{40}$/;
const NAME_DIGITS = 8;
const VERSION_DIGITS = 32;

/**
 * A commit's hash: 8 digits of the version's name, by which it is found again; 24 of its files; 8 of its card, which
 * may change. One that names an older card still leads to the version, so what was pinned can be fetched for ever.
 */
export const commitOf = (
  version: Pick<Version, 'model' | 'version'>,
  files: readonly ServedFile[],
  readme: string,
): string => {
  const listed = [...files].map(({ path, sha256 }) => `${path} ${sha256}`).sort();
  const content = hexOf('sha256', [version.model, version.version, ...listed].join('\n'));
  return `${nameDigits(version.model, version.version)}${content.slice(0, VERSION_DIGITS - NAME_DIGITS)}${hexOf('sha256', readme).slice(0, 40 - VERSION_DIGITS)}`;
};

const nameDigits = (model: string, version: string) => hexOf('sha256', `${model} ${version}`).slice(0, NAME_DIGITS);

export const isCommit = (revision: string): boolean => commitPattern.test(revision);

/** Which of a model's versions the commit may be of: one, or by chance a few. */
export const versionsOfCommit = (model: string, versions: readonly string[], commit: string): readonly string[] =>
  versions.filter((version) => commit.startsWith(nameDigits(model, version)));

/** Whether both are of one version, whatever its card said. */
export const sameVersion = (a: string, b: string): boolean => a.slice(0, VERSION_DIGITS) === b.slice(0, VERSION_DIGITS);

export interface TreeEntry {
  readonly type: 'file' | 'directory';
  readonly path: string;
  readonly oid: string;
  readonly file: RepoFile | undefined;
}

/**
 * What lies in a folder, by path; of a file, itself.
 * @param folder - '' is the top
 * @param recursive - with all that lies below
 * @returns undefined when there is no such folder
 */
export const treeOf = (
  files: readonly RepoFile[],
  folder: string,
  recursive: boolean,
): readonly TreeEntry[] | undefined => {
  const prefix = folder === '' ? '' : `${folder}/`;
  const below = files.filter(({ path }) => path.startsWith(prefix) || path === folder);
  if (below.length === 0) return undefined;
  const folders = new Set(below.flatMap(({ path }) => foldersBetween(prefix, path)));
  const entries: TreeEntry[] = [
    ...[...folders].map((path) => ({ type: 'directory' as const, path, oid: folderOid(files, path), file: undefined })),
    ...below.map((file) => ({ type: 'file' as const, path: file.path, oid: file.oid, file })),
  ];
  return entries
    .filter(({ path }) => recursive || !path.slice(prefix.length).includes('/'))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
};

const foldersBetween = (prefix: string, path: string): string[] => {
  const parts = path.slice(prefix.length).split('/').slice(0, -1);
  return parts.map((_, index) => prefix + parts.slice(0, index + 1).join('/'));
};

const folderOid = (files: readonly RepoFile[], folder: string) => {
  const inside = files.filter(({ path }) => path.startsWith(`${folder}/`));
  return hexOf('sha1', inside.map(({ path, oid }) => `${oid} ${path}`).join('\n'));
};

/**
 * GET HEAD /hf/{publisher}/{model}/resolve/{revision}/{path+} — a file of a repository. HEAD tells what it is, which is
 * what clients keep it under; GET leads to where its bytes are, and counts as a download. The card is answered itself.
 */
import { DomainError } from '../../../shared/kernel/errors.ts';
import type { RouteAnswer, UseCase } from '../../../shared/platform/route.ts';
import type { registryRoutes } from '../../contract.ts';
import { requireFiles } from '../find-files.ts';
import { bodyHeaders, fileHeaders, type GiveFilePorts, giveFile, hasFile } from '../give-file.ts';
import { findRepoAt, type RepoAt, type RepoPorts } from './find-repo.ts';
import type { RepoFile } from './repo-files.ts';

type Route = typeof registryRoutes.hfResolveFile;

export const resolveFile =
  (ports: RepoPorts & GiveFilePorts): UseCase<Route> =>
  async ({ params, rawHeaders, isHead, ...asking }) => {
    const { caller, nowMs } = asking;
    const at = await findRepoAt(ports, asking, params);
    const file = fileOf(at, params.path);
    const ofRepo = {
      'x-repo-commit': at.commit,
      'x-linked-size': String(file.sizeBytes),
      'x-aimass-version': at.version.version,
    };
    const { served } = file;
    if (!served) return answerText(file, ofRepo);
    await requireFiles(ports.access, { ...at, caller }, nowMs);
    const headers = { ...fileHeaders(served), ...ofRepo, 'x-linked-etag': `"${served.sha256}"` };
    if (hasFile(rawHeaders['if-none-match'], served)) return { status: 304, headers };
    // Without a `Location`: a client would read it past us, and a look would be a download.
    if (isHead) return { status: 200, headers: { ...headers, ...bodyHeaders(served) } };
    return { status: 302, headers: { ...headers, location: await giveFile(ports, at, served, nowMs) } };
  };

/** @throws DomainError file_not_found, with the commit under which clients remember that there is none */
const fileOf = ({ files, version, commit }: RepoAt, path: string): RepoFile => {
  const found = files.find((file) => file.path === path.replace(/\/+$/, ''));
  if (found) return found;
  const message = `no file '${path}' in '${version.model}' ${version.version}`;
  throw new DomainError('not_found', 'file_not_found', message, { headers: { 'x-repo-commit': commit } });
};

const answerText = (
  { text = '', oid, sizeBytes }: RepoFile,
  ofRepo: Readonly<Record<string, string>>,
): RouteAnswer<Route> => ({
  status: 200,
  body: text,
  headers: {
    ...ofRepo,
    etag: `"${oid}"`,
    'content-type': 'text/markdown; charset=utf-8',
    'content-length': String(sizeBytes),
  },
});

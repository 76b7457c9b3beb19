/** GET /hf/api/models/{publisher}/{model}/tree/{revision}[/{path+}], POST …/paths-info/{revision} — what files there are. */
import * as z from 'zod';
import { DomainError } from '../../../shared/kernel/errors.ts';
import { parseJson, parsePart } from '../../../shared/platform/read-request.ts';
import type { UseCase } from '../../../shared/platform/route.ts';
import type { registryRoutes } from '../../contract.ts';
import { findRepoAt, type RepoAt, type RepoPorts } from './find-repo.ts';
import { type TreeEntry, treeOf } from './repo-files.ts';
import { tellEntry, tellLastCommit } from './tell-repo.ts';

interface TreeQuery {
  readonly recursive: boolean;
  readonly expand: boolean;
}

export const listTree =
  (ports: RepoPorts): UseCase<typeof registryRoutes.hfListTree> =>
  async ({ params, query, ...asking }) => ({
    status: 200,
    body: tellTree(await findRepoAt(ports, asking, params), '', query),
  });

export const listFolder =
  (ports: RepoPorts): UseCase<typeof registryRoutes.hfListFolder> =>
  async ({ params, query, ...asking }) => ({
    status: 200,
    body: tellTree(await findRepoAt(ports, asking, params), params.path.replace(/(?<=.)\/+$/, ''), query),
  });

const tellTree = (at: RepoAt, folder: string, { recursive, expand }: TreeQuery) => {
  const entries = treeOf(at.files, folder, recursive);
  if (!entries) throw new DomainError('not_found', 'file_not_found', `no folder '${folder}' in ${at.version.version}`);
  return tellEntries(at, entries, expand);
};

const tellEntries = (at: RepoAt, entries: readonly TreeEntry[], expand: boolean) =>
  entries.map((entry) => ({ ...tellEntry(entry), ...(expand ? { lastCommit: tellLastCommit(at) } : {}) }));

const PATHS_LIMIT = 1000;
const flag = z.union([z.boolean(), z.string()]).optional();
const pathsBody = z.object({
  paths: z.union([z.string(), z.array(z.string()).max(PATHS_LIMIT)]),
  expand: flag,
});

export const listPaths =
  (ports: RepoPorts): UseCase<typeof registryRoutes.hfListPaths> =>
  async ({ params, body, rawHeaders, ...asking }) => {
    const { paths, expand } = parsePart(pathsBody, readPaths(body, rawHeaders['content-type']), '', true);
    const at = await findRepoAt(ports, asking, params);
    const wanted = new Set((typeof paths === 'string' ? [paths] : paths).map((path) => path.replace(/\/+$/, '')));
    // Paths that lead nowhere are left out: so the protocol has it.
    const entries = (treeOf(at.files, '', true) ?? []).filter(({ path }) => wanted.has(path));
    return { status: 200, body: tellEntries(at, entries, expand === true || String(expand).toLowerCase() === 'true') };
  };

/** A form, as the Python client sends it, or JSON, as others do. @throws DomainError malformed_json */
const readPaths = (bytes: Uint8Array, contentType: string | undefined): unknown => {
  if (!contentType?.toLowerCase().startsWith('application/x-www-form-urlencoded')) return parseJson(bytes);
  const form = new URLSearchParams(Buffer.from(bytes).toString('utf8'));
  return { paths: form.getAll('paths'), expand: form.get('expand') ?? undefined };
};

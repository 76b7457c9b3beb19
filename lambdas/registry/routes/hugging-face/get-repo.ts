/** GET /hf/api/models/{publisher}/{model}[/revision/{revision}] — what there is to know of a repository. */
import type { UseCase } from '../../../shared/platform/route.ts';
import type { registryRoutes } from '../../contract.ts';
import type { DownloadCounts } from '../../ports/downloads.ts';
import { findRepoAt, type RepoAt, type RepoPorts } from './find-repo.ts';
import { MAIN } from './repo-files.ts';
import { type RepoDetail, tellRepoAt } from './tell-repo.ts';

export interface GetRepoPorts extends RepoPorts {
  readonly counts: Pick<DownloadCounts, 'since' | 'total'>;
}

/** The Hub tells a month's. */
const MONTH_MS = 30 * 86_400_000;

export const getRepo =
  (ports: GetRepoPorts): UseCase<typeof registryRoutes.hfGetModel> =>
  async ({ params, query, ...asking }) => {
    const at = await findRepoAt(ports, asking, { ...params, revision: MAIN });
    return { status: 200, body: await tell(ports, at, query, asking.nowMs) };
  };

export const getRevision =
  (ports: GetRepoPorts): UseCase<typeof registryRoutes.hfGetRevision> =>
  async ({ params, query, ...asking }) => {
    const at = await findRepoAt(ports, asking, params);
    return { status: 200, body: await tell(ports, at, query, asking.nowMs) };
  };

const tell = async ({ counts }: GetRepoPorts, at: RepoAt, detail: RepoDetail, nowMs: number) => {
  const [downloads, downloadsAllTime] = await Promise.all([
    counts.since(at.model.name, new Date(nowMs - MONTH_MS).toISOString().slice(0, 10)),
    counts.total(at.model.name),
  ]);
  return { ...tellRepoAt(at, detail), downloads, downloadsAllTime };
};

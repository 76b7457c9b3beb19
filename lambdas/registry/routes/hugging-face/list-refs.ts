/** GET /hf/api/models/{publisher}/{model}/refs — `main` and the aliases as branches, published versions as tags. */
import type { UseCase } from '../../../shared/platform/route.ts';
import type { registryRoutes } from '../../contract.ts';
import type { AliasStore, VersionStore } from '../../ports.ts';
import { atVersion, findRepo, hasFiles, type Repo, type RepoPorts } from './find-repo.ts';
import { MAIN } from './repo-files.ts';

export interface ListRefsPorts extends Pick<RepoPorts, 'models' | 'cards'> {
  readonly versions: Pick<VersionStore, 'list'>;
  readonly aliases: Pick<AliasStore, 'list'>;
}

/** Each is read whole: the highest ones have to do. */
const TAG_LIMIT = 200;

export const listRefs =
  (ports: ListRefsPorts): UseCase<typeof registryRoutes.hfListRefs> =>
  async ({ caller, params, query }) => {
    const repo = await findRepo(ports, caller, params);
    const commits = await commitsOf(ports, repo);
    const aliases = await ports.aliases.list(repo.model.name);
    const branchesOf = (name: string, version: string | undefined) => {
      const targetCommit = version === undefined ? undefined : commits.get(version);
      return targetCommit === undefined ? [] : [{ name, ref: `refs/heads/${name}`, targetCommit }];
    };
    return {
      status: 200,
      body: {
        branches: [
          ...branchesOf(MAIN, repo.model.latestVersion),
          ...aliases.flatMap(({ alias, version }) => (alias === MAIN ? [] : branchesOf(alias, version))),
        ],
        converts: [],
        tags: [...commits].map(([name, targetCommit]) => ({ name, ref: `refs/tags/${name}`, targetCommit })),
        ...(query.include_prs === undefined ? {} : { pullRequests: [] }),
      },
    };
  };

const commitsOf = async ({ versions }: ListRefsPorts, repo: Repo): Promise<ReadonlyMap<string, string>> => {
  const { items } = await versions.list({
    model: repo.model.name,
    publishedOnly: true,
    limit: TAG_LIMIT,
    after: undefined,
  });
  return new Map(items.filter(hasFiles).map((version) => [version.version, atVersion(repo, version).commit]));
};

// A search from the text of its query to the text of its answer.
import { listModels } from '../../lambdas/registry/routes/list-models.ts';
import type { SearchPorts } from '../../lambdas/registry/routes/searched-models.ts';
import { searchQuery } from '../../lambdas/registry/search-wire.ts';
import type { Caller } from '../../lambdas/shared/platform/caller.ts';

type Search = Parameters<ReturnType<typeof listModels>>[0];

/** Nobody is signed in, so nothing is shared. */
const nobody: Pick<SearchPorts, 'access' | 'unlisted'> = {
  access: { find: async () => undefined },
  unlisted: async () => [],
};

export const answerSearch = (ports: Omit<SearchPorts, 'access' | 'unlisted'>) => {
  const search = listModels({ ...ports, ...nobody });
  return async (query: string, caller?: Caller): Promise<string> => {
    const parsed = searchQuery.parse(Object.fromEntries(new URLSearchParams(query)));
    const { body } = await search({ caller, query: parsed, nowMs: Date.now() } as Search);
    return JSON.stringify(body);
  };
};

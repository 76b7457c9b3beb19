// A search from the text of its query to the text of its answer.
import { type ListModelsPorts, listModels } from '../../lambdas/registry/routes/list-models.ts';
import { searchQuery } from '../../lambdas/registry/search-wire.ts';
import type { Caller } from '../../lambdas/shared/platform/caller.ts';

type Search = Parameters<ReturnType<typeof listModels>>[0];

export const answerSearch = (ports: ListModelsPorts) => {
  const search = listModels(ports);
  return async (query: string, caller?: Caller): Promise<string> => {
    const parsed = searchQuery.parse(Object.fromEntries(new URLSearchParams(query)));
    const { body } = await search({ caller, query: parsed, nowMs: Date.now() } as Search);
    return JSON.stringify(body);
  };
};

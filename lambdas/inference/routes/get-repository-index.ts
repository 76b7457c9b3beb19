/** POST /v2/repository/index — the callable models, as Triton lists its repository. */
import { viewerOf } from '../../accounts/gateway.ts';
import type { PublishedModels } from '../../registry/contract.ts';
import type { Caller } from '../../shared/platform/caller.ts';

const PAGE_MODELS = 100;
const MAX_PAGES = 10;

export const getRepositoryIndex =
  (models: PublishedModels) =>
  async ({ caller }: { readonly caller: Caller | undefined }) => {
    const entries: { name: string; version: string; state: string; reason: string }[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const { models: some, next } = await models.list({
        accountId: caller?.accountId,
        viewerOf: (model) => viewerOf(caller, model),
        limit: PAGE_MODELS,
        cursor,
      });
      for (const { model, version, ready } of some) {
        entries.push({
          name: model,
          version,
          state: ready ? 'READY' : 'UNAVAILABLE',
          reason: ready ? '' : 'no version is published',
        });
      }
      if (next === null) break;
      cursor = next;
    }
    return { status: 200 as const, body: entries };
  };

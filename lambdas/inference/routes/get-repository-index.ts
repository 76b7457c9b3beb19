/** POST /v2/repository/index — the callable models, as Triton lists its repository. */
import * as z from 'zod/mini';
import { viewerOf } from '../../accounts/gateway.ts';
import type { PublishedModels } from '../../registry/contract.ts';
import type { Caller } from '../../shared/platform/caller.ts';
import { parseJson, parsePart } from '../../shared/platform/read-request.ts';

const PAGE_MODELS = 100;
const MAX_PAGES = 10;

export const getRepositoryIndex =
  (models: PublishedModels) =>
  async ({ caller, body }: { readonly caller: Caller | undefined; readonly body: Uint8Array }) => {
    const readyOnly = readFilter(body);
    const entries: { name: string; version: string; state: string; reason: string }[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const { models: some, next } = await models.list({
        accountId: caller?.accountId,
        viewerOf: (model) => viewerOf(caller, model),
        limit: PAGE_MODELS,
        cursor,
      });
      for (const { model, version, ready, reason } of some) {
        if (readyOnly && !ready) continue;
        entries.push({
          name: model,
          version,
          state: ready ? 'READY' : 'UNAVAILABLE',
          reason: reason ?? '',
        });
      }
      if (next === null) break;
      cursor = next;
    }
    return { status: 200 as const, body: entries };
  };

const filter = z.object({ ready: z._default(z.boolean(), false) });

/** The body may be left out. @throws DomainError malformed_json, malformed_request */
const readFilter = (body: Uint8Array): boolean => body.length > 0 && parsePart(filter, parseJson(body), '', true).ready;

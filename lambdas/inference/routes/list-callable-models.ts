/** GET /v2/models — names of the models that the caller may call. */
import { viewerOf } from '../../accounts/gateway.ts';
import type { PublishedModels } from '../../registry/contract.ts';
import type { RouteRequest } from '../../shared/platform/route.ts';
import type { inferenceRoutes } from '../contract.ts';

export const listCallableModels =
  (models: PublishedModels) =>
  async ({ caller, query }: RouteRequest<typeof inferenceRoutes.listCallableModels>) => {
    const page = await models.list({
      accountId: caller?.accountId,
      viewerOf: (model) => viewerOf(caller, model),
      limit: query.limit,
      cursor: query.cursor,
    });
    return {
      status: 200 as const,
      body: { models: page.models.filter(({ ready }) => ready).map(({ model }) => model), next: page.next },
    };
  };

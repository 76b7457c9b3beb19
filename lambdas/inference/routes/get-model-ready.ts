/** GET /v2/models/{model}[/versions/{version}]/ready — 200 when it can be called; an error says why it cannot. */
import type { PublishedModels } from '../../registry/contract.ts';
import type { ModelRequest } from './model-request.ts';
import { resolveModel } from './resolve-model.ts';

export const getModelReady =
  (models: PublishedModels) =>
  async ({ params, caller }: ModelRequest) => {
    const wanted = { model: params.model, reference: params.version, accountId: caller?.accountId };
    const { version } = await resolveModel(models, wanted);
    return { status: 200 as const, body: { name: params.model, version, ready: true } };
  };

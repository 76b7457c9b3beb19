/** GET /v2/models/{model}[/versions/{version}]/ready — 200 when it can be called; an error says why it cannot. */
import type { PublishedModels } from '../../registry/contract.ts';
import { type ModelRequest, referenceOf } from './model-request.ts';
import { resolveModel } from './resolve-model.ts';

export const getModelReady = (models: PublishedModels) => async (request: ModelRequest) => {
  const wanted = referenceOf(request);
  const { version } = await resolveModel(models, wanted);
  return {
    status: 200 as const,
    headers: { 'x-aimass-version': version },
    body: { name: wanted.model, version, ready: true },
  };
};

// Models: their names, words, visibility and prices.
import { defineRoutes } from '../../shared/platform/route.ts';
import { searchPage, searchQuery } from '../search-wire.ts';
import { model, modelPatch, newModel } from '../wire.ts';
import { createdHeaders, etagHeader, ifMatch, modelParams } from './parameters.ts';

export const modelRoutes = defineRoutes({
  createModel: {
    method: 'POST',
    path: '/v1/models',
    summary: 'Create a model',
    description:
      'A name and its description; versions carry the files. The first part of the name is the account’s handle. A price needs the permission `models:price`. A model is seen by others once it is public and has a published version.',
    auth: 'required',
    permission: 'models:write',
    body: newModel,
    bodyLimitBytes: 131_072,
    idempotent: true,
    responses: { 201: { description: 'The model', body: model, headers: createdHeaders } },
    errors: ['handle_required', 'not_your_handle', 'model_exists', 'idempotency_key_reused'],
  },
  listModels: {
    method: 'GET',
    path: '/v1/models',
    summary: 'Search models',
    description:
      'Public models with a published version, and the caller’s own. All that is given must hold. A new or changed model is found within seconds; one that was made private is gone at once. A page may hold fewer items than asked for while `next` is not null.',
    auth: 'optional',
    permission: 'models:read',
    query: searchQuery,
    responses: { 200: { description: 'A page of models', body: searchPage } },
    errors: ['invalid_cursor'],
  },
  getModel: {
    method: 'GET',
    path: '/v1/models/{model}',
    summary: 'Get a model',
    auth: 'optional',
    permission: 'models:read',
    params: modelParams,
    responses: { 200: { description: 'The model', body: model, headers: etagHeader } },
    errors: ['model_not_found'],
  },
  updateModel: {
    method: 'PATCH',
    path: '/v1/models/{model}',
    summary: 'Change a model',
    description:
      'A JSON merge patch. A changed price counts for calls that begin a few seconds later; history keeps its own. What is about prices needs the permission `models:price`; a wider `visibility`, and giving files away that were not, need `models:grant`.',
    auth: 'required',
    permission: 'models:write',
    params: modelParams,
    headers: ifMatch,
    body: modelPatch,
    bodyLimitBytes: 131_072,
    responses: { 200: { description: 'The model as it is now', body: model, headers: etagHeader } },
    errors: ['model_not_found', 'not_your_handle', 'precondition_failed', 'model_withdrawn', 'notice_too_short'],
  },
});

// How versions and models come to their end, and what is kept of it: notice, retirement, purge, history.
import * as z from 'zod';
import { defineRoutes } from '../../shared/platform/route.ts';
import { listOf, listQuery, modelName, timestamp } from '../../shared/platform/schemas.ts';
import { retirementRules, versionStates } from '../terms.ts';
import { model, version, versionName } from '../wire.ts';
import { etagHeader, modelParams, reason, reasoned, versionParams } from './parameters.ts';

const actor = z
  .object({
    kind: z.enum(['user', 'key', 'operator', 'platform']),
    userId: z.string().optional().meta({ description: 'Who it was, or who made the key' }),
    keyId: z.string().optional(),
  })
  .meta({ description: '`platform`: nobody asked for it, like the verdict of a scan or the end of a notice' });

const historyEntry = z.object({
  id: z.string().meta({ description: 'That of the event that told of it', example: 'evt_01K6H3Z8V5Q2W7N4T9B0C1D2E3' }),
  at: timestamp,
  event: z.string().meta({ example: 'VersionDeprecated.v1' }),
  model: modelName,
  version: z.string().nullable(),
  by: actor,
  reason: z.string().nullable(),
  from: z.enum(versionStates).nullable().meta({ description: 'State of the version before' }),
  to: z.enum(versionStates).nullable().meta({ description: 'State of the version after' }),
  data: z.record(z.string(), z.unknown()).meta({ description: 'What the event told' }),
});

const receipt = z.object({
  model: modelName,
  version: versionName,
  retiredAt: timestamp,
  purgedAt: timestamp,
  rule: z.enum(retirementRules).meta({
    description:
      '`publisher`: its publisher asked for it; `sunset`: its notice came to its end; `withdrawal`: its model was deleted',
  }),
  reason: z.string(),
  by: actor,
  objects: z.array(
    z.object({
      kind: z.string().meta({ description: '`artifact`, the kind of a product, or `other`', example: 'artifact' }),
      sha256: z.string(),
      sizeBytes: z.number().int().nullable(),
      outcome: z.enum(['deleted', 'kept']).meta({ description: '`kept`: another version uses the same bytes' }),
    }),
  ),
});

const found = ['model_not_found', 'not_your_handle', 'version_not_found', 'version_state_forbids'] as const;

export const lifeRoutes = defineRoutes({
  deprecateVersion: {
    method: 'POST',
    path: '/v1/models/{model}/versions/{version}/deprecate',
    summary: 'Deprecate a version',
    description:
      'It goes on answering until `sunsetAt`, its answers telling so (`Deprecation`, `Sunset` and `Link` to the successor); then it is retired by itself. Where others may call it (the model is not private, is shared, or somebody has subscribed to it), `sunsetAt` is 7 days away at least, and not before the last period ends that a subscriber is in, unless another version of the same major (before 1.0.0: minor) version goes on until then. Deprecating again changes date, successor and reason; a date that was promised may be moved away, not nearer than that.',
    auth: 'required',
    permission: 'models:publish',
    params: versionParams,
    body: z.strictObject({
      sunsetAt: z.iso
        .datetime({ offset: true })
        .meta({ description: 'From then on it answers no more', example: '2030-01-31T00:00:00Z' }),
      successor: versionName
        .optional()
        .meta({ description: 'A published version of the same model to go over to', example: '2.0.0' }),
      reason,
    }),
    responses: { 200: { description: 'The version, deprecated', body: version, headers: etagHeader } },
    errors: [...found, 'notice_too_short', 'successor_not_published', 'model_withdrawn'],
  },
  undeprecateVersion: {
    method: 'POST',
    path: '/v1/models/{model}/versions/{version}/undeprecate',
    summary: 'Take a version’s deprecation back',
    description: 'It is published as before. Of a published version, it changes nothing.',
    auth: 'required',
    permission: 'models:publish',
    params: versionParams,
    body: reasoned.optional(),
    responses: { 200: { description: 'The version, published', body: version, headers: etagHeader } },
    errors: [...found, 'version_retired', 'model_withdrawn'],
  },
  retireVersion: {
    method: 'POST',
    path: '/v1/models/{model}/versions/{version}/retire',
    summary: 'Retire a version',
    description:
      'It answers no more; nothing leads back from there. Its page stays, and says what to go over to. A day later its files are deleted, but those that other versions share, and its receipt says so. A version that others may call is deprecated first and retires by itself; a validated one, and one of a private model that is shared with nobody and that nobody has subscribed to, retires at once. `latest` moves on to the highest version that is left; other aliases are to be moved before.',
    auth: 'required',
    permission: 'models:publish',
    params: versionParams,
    body: reasoned,
    responses: { 200: { description: 'The version, retired', body: version, headers: etagHeader } },
    errors: [...found, 'notice_required', 'version_in_use', 'model_withdrawn'],
  },
  getReceipt: {
    method: 'GET',
    path: '/v1/models/{model}/versions/{version}/receipt',
    summary: 'Get the receipt of a version’s purge',
    description:
      'What was deleted of a retired version, when, by which rule and why. Who asked for it is told to the owner.',
    auth: 'optional',
    permission: 'models:read',
    params: versionParams,
    responses: { 200: { description: 'The receipt', body: receipt } },
    errors: ['model_not_found', 'version_not_found', 'receipt_not_found'],
  },
  deleteModel: {
    method: 'DELETE',
    path: '/v1/models/{model}',
    summary: 'Delete a model',
    description:
      'It is in no list any more and nobody begins to use it; its versions are retired and purged within hours, or once the last period has ended that somebody paid for: those who paid go on until then. Its name is not given again. Deleting a deleted model changes nothing.',
    auth: 'required',
    permission: 'models:delete',
    params: modelParams,
    query: z.object({
      confirm: z
        .string()
        .max(200)
        .optional()
        .meta({ description: 'The model’s name, once more: without it nothing is deleted', example: 'acme.iris' }),
      reason: reason.optional(),
    }),
    responses: { 202: { description: 'The model, withdrawn', body: model, headers: etagHeader } },
    errors: ['model_not_found', 'not_your_handle', 'confirmation_required'],
  },
  listHistory: {
    method: 'GET',
    path: '/v1/models/{model}/history',
    summary: 'List what was done to a model',
    description:
      'Every change of the model and of its versions, newest first: who made it, why, and from which state to which. It is written with the change itself and never changes. For the model’s account alone.',
    auth: 'required',
    permission: 'models:read',
    params: modelParams,
    query: listQuery,
    responses: { 200: { description: 'A page of changes', body: listOf(historyEntry) } },
    errors: ['model_not_found', 'not_your_handle', 'invalid_cursor'],
  },
});

// Aliases: names that move between versions, and share callers out among them.
import * as z from 'zod';
import { defineRoutes } from '../../shared/platform/route.ts';
import { listOf, listQuery, timestamp } from '../../shared/platform/schemas.ts';
import { promotingRoles } from '../terms.ts';
import { versionName } from '../wire.ts';
import { aliasParams, createdHeaders, etagHeader, ifMatch, modelParams, reason, reasoned } from './parameters.ts';

const TARGET_LIMIT = 10;
const WEIGHT_LIMIT = 1_000_000;

const WEIGHT = `must be a whole number from 0 to ${WEIGHT_LIMIT}: 5 and 95 for shares of 0.05 and 0.95`;
const weight = z.number(WEIGHT).int(WEIGHT).min(0, WEIGHT).max(WEIGHT_LIMIT, WEIGHT).meta({
  description: 'Its part of all weights together; 0: no callers',
  example: 95,
});

const targets = z
  .array(
    z.object({
      version: versionName,
      weight,
      share: z.number().min(0).max(1).meta({ description: 'Of the callers', example: 0.95 }),
    }),
  )
  .meta({ description: 'Heaviest first' });

const revision = z
  .number()
  .int()
  .min(1)
  .meta({ description: 'Counts the changes of the targets: a caller keeps its version while it stays', example: 3 });

const pinned = z
  .boolean()
  .meta({ description: 'Moved by hand only. `false` of `latest` alone: publishing a higher version moves it' });

const protectedRoles = z
  .array(z.enum(promotingRoles))
  .min(1)
  .max(promotingRoles.length)
  .refine((roles) => new Set(roles).size === roles.length, 'must name each role once')
  .refine((roles) => roles.includes('owner'), "must name 'owner', who could not mend it otherwise")
  .meta({ description: 'Members who may move it, and keys made by such members', example: ['owner', 'admin'] });

const alias = z.object({
  alias: z.string().meta({ example: 'latest' }),
  targets,
  revision,
  pinned,
  protectedRoles: protectedRoles
    .nullable()
    .optional()
    .meta({ description: '`null`: whoever may move aliases. Told to the model’s account alone' }),
  createdAt: timestamp,
  updatedAt: timestamp,
});

const wholeAlias = alias.extend({
  history: z
    .array(z.object({ targets, revision, pinned, since: timestamp, until: timestamp }))
    .optional()
    .meta({
      description:
        'What it named before, newest first, at most 20: what `rollback` leads back to. To its account alone',
    }),
});

const aliasWish = z
  .strictObject({
    targets: z
      .array(z.strictObject({ version: versionName, weight }))
      .min(1, 'must name at least one version')
      .max(TARGET_LIMIT, `must name at most ${TARGET_LIMIT} versions`)
      .superRefine((all, context) => {
        for (const [index, { version }] of all.entries()) {
          if (all.findIndex((one) => one.version === version) === index) continue;
          context.addIssue({ code: 'custom', path: [index, 'version'], message: 'must name each version once' });
        }
        if (all.some((one) => one.weight > 0)) return;
        context.addIssue({ code: 'custom', message: 'must have a weight above 0' });
      })
      .optional()
      .meta({
        description: 'Versions that can be called. Absent: as they are',
        example: [
          { version: '1.1.0', weight: 5 },
          { version: '1.0.0', weight: 95 },
        ],
      }),
    pinned: z.boolean().optional().meta({
      description:
        'Only for `latest`: `false` lets publishing move it from the next higher version on. Targets set by hand pin it unless this says `false`',
    }),
    protectedRoles: protectedRoles
      .nullable()
      .optional()
      .meta({ description: 'Needs the permission `models:protect`; `null` lifts it. Absent: as it is' }),
    reason: reason.optional(),
  })
  .refine(
    ({ targets: named, pinned: pins, protectedRoles: roles }) =>
      named !== undefined || pins !== undefined || roles !== undefined,
    "must hold one of 'targets', 'pinned' and 'protectedRoles'",
  );

const moving = [
  'model_not_found',
  'not_your_handle',
  'precondition_failed',
  'version_state_forbids',
  'version_retired',
  'version_quarantined',
] as const;

export const aliasRoutes = defineRoutes({
  listAliases: {
    method: 'GET',
    path: '/v1/models/{model}/aliases',
    summary: 'List a model’s aliases',
    auth: 'optional',
    permission: 'models:read',
    params: modelParams,
    query: listQuery,
    responses: { 200: { description: 'A page of aliases', body: listOf(alias) } },
    errors: ['model_not_found', 'invalid_cursor'],
  },
  getAlias: {
    method: 'GET',
    path: '/v1/models/{model}/aliases/{alias}',
    summary: 'Get an alias',
    auth: 'optional',
    permission: 'models:read',
    params: aliasParams,
    responses: { 200: { description: 'The alias', body: wholeAlias, headers: etagHeader } },
    errors: ['model_not_found', 'alias_not_found'],
  },
  setAlias: {
    method: 'PUT',
    path: '/v1/models/{model}/aliases/{alias}',
    summary: 'Set an alias',
    description: [
      'Names one version, or several with weights: of the callers each is given its share, and a caller keeps its version until the targets change.',
      'A caller is an account, or with the request header `x-aimass-affinity` one of its own users. A version that retires or is quarantined hands its callers over to the others.',
      'What the body does not hold stays as it is. Calls follow within five seconds.',
    ].join(' '),
    auth: 'required',
    permission: 'models:promote',
    params: aliasParams,
    headers: ifMatch,
    body: aliasWish,
    bodyLimitBytes: 65_536,
    responses: {
      200: { description: 'The alias as it is now', body: wholeAlias, headers: etagHeader },
      201: {
        description: 'The alias, made anew',
        body: wholeAlias,
        headers: { etag: createdHeaders.etag, location: createdHeaders.location },
      },
    },
    errors: [...moving, 'alias_limit_reached', 'model_withdrawn'],
  },
  rollBackAlias: {
    method: 'POST',
    path: '/v1/models/{model}/aliases/{alias}/rollback',
    summary: 'Roll an alias back',
    description:
      'Back to what it named before; once more leads further back. Settings whose versions can no longer be called are passed over, but for versions without callers (weight 0), which are left out. `latest` is pinned by it: publishing moves it again after `{"pinned": false}`.',
    auth: 'required',
    permission: 'models:promote',
    params: aliasParams,
    headers: ifMatch,
    body: reasoned.optional(),
    responses: { 200: { description: 'The alias as it is now', body: wholeAlias, headers: etagHeader } },
    errors: [
      'model_not_found',
      'not_your_handle',
      'alias_not_found',
      'precondition_failed',
      'nothing_to_roll_back',
      'model_withdrawn',
    ],
  },
  deleteAlias: {
    method: 'DELETE',
    path: '/v1/models/{model}/aliases/{alias}',
    summary: 'Delete an alias',
    description: 'Calls that name it find no version from then on. `latest` stays.',
    auth: 'required',
    permission: 'models:promote',
    params: aliasParams,
    headers: ifMatch,
    responses: { 204: { description: 'It is gone' } },
    errors: [
      'model_not_found',
      'not_your_handle',
      'alias_not_found',
      'alias_stays',
      'precondition_failed',
      'model_withdrawn',
    ],
  },
});

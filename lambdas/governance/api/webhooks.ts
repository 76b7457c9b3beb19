// Webhooks: their routes and schemas.
import * as z from 'zod';
import { defineRoutes } from '../../shared/platform/route.ts';
import { idOf, listOf, listQuery, timestamp } from '../../shared/platform/schemas.ts';
import { publicEvents, subscribable } from '../domain/public-events.ts';
import { URL_LIMIT } from '../domain/webhook-url.ts';

/** Most webhooks an account may have. */
export const WEBHOOK_LIMIT = 20;
/** How long a secret that was replaced is still signed with, unless told. */
export const SECRET_GRACE_SECONDS = 86_400;

const url = z.string().min(1).max(URL_LIMIT).meta({
  description:
    'Where to: `https://`, on port 443 or 8443, at a host whose every address is of the public internet; without user name and password. It is looked up anew for each attempt',
  example: 'https://example.com/hooks/ai-mass',
});
const description = z
  .string()
  .trim()
  .max(256)
  .regex(/^\P{C}*$/u, 'must not hold control characters')
  .meta({ description: 'For people', example: 'Deploys what was validated' });
const events = z
  .array(z.enum(subscribable as [string, ...string[]], `must be one of ${subscribable.join(', ')}`))
  .min(1)
  .max(50)
  .refine((values) => new Set(values).size === values.length, 'must name each event once')
  .meta({
    description: `What to be told of, by type, by all of a noun (\`version.*\`), or \`*\` for everything, events that come to be later too. ${publicEvents.map(({ type, what }) => `\`${type}\`: ${what}`).join('; ')}`,
    example: ['version.validated', 'model.published'],
  });

const webhook = z.object({
  id: idOf('whk'),
  url,
  description: z.string().nullable(),
  events: z.array(z.string()).meta({ example: ['version.validated', 'model.published'] }),
  enabled: z.boolean(),
  disabledReason: z.enum(['gone', 'failing']).nullable().meta({
    description:
      '`gone`: the receiver answered 410. `failing`: every attempt of five days failed. null where it is enabled, or was disabled by hand',
  }),
  disabledAt: timestamp.nullable(),
  failingSince: timestamp
    .nullable()
    .meta({ description: 'First of the attempts that failed since the last that did not' }),
  secrets: z
    .array(z.object({ createdAt: timestamp, expiresAt: timestamp.nullable() }))
    .meta({ description: 'What messages are signed with, newest first; the secrets themselves are not told again' }),
  createdBy: idOf('usr'),
  createdAt: timestamp,
  updatedAt: timestamp,
});

const secret = z.string().meta({
  description: 'What to verify messages with, by any library of Standard Webhooks; told once',
  example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=',
});
const webhookWithSecret = webhook.extend({
  secret: secret.nullable().meta({ description: 'null when the request is a repeat: it is told once' }),
});

const deliveryStates = ['pending', 'delivered', 'failed'] as const;

const deliveryItem = z.object({
  id: idOf('evt').meta({ description: 'The event’s id, and the message’s `webhook-id`' }),
  type: z.string().meta({ example: 'version.validated' }),
  state: z.enum(deliveryStates),
  reason: z
    .enum(['attempts_used_up', 'webhook_disabled', 'webhook_removed'])
    .nullable()
    .meta({ description: 'Why it failed for good' }),
  attemptCount: z.number().int().meta({ description: 'Since it was new, or was replayed last' }),
  attempts: z
    .array(
      z.object({
        at: timestamp,
        durationMs: z.number(),
        status: z.number().int().nullable().meta({ description: 'null: no answer came' }),
        error: z.string().nullable(),
        response: z.string().nullable().meta({ description: 'How the answer’s body begins' }),
      }),
    )
    .meta({ description: 'The latest twenty, oldest first' }),
  nextAttemptAt: timestamp.nullable(),
  createdAt: timestamp,
  updatedAt: timestamp,
});
const delivery = deliveryItem.extend({
  payload: z.string().meta({
    description: 'The body that is sent, to the letter: JSON of `type`, `timestamp` and `data`',
    example:
      '{"type":"version.validated","timestamp":"2026-11-23T20:46:00.000Z","data":{"model":"acme.iris","version":"1.0.0"}}',
  }),
});

const webhookParams = z.object({ webhook: z.string().max(64).meta({ description: 'Id of the webhook: `whk_…`' }) });
const deliveryParams = webhookParams.extend({
  delivery: z.string().max(64).meta({ description: 'Id of the delivery: `evt_…`' }),
});
const etagHeader = { etag: 'Revision of the webhook; send it back in `If-Match` to change exactly this' };
const ifMatch = z.object({
  'if-match': z
    .string()
    .max(256)
    .optional()
    .meta({ description: 'An `ETag`; the change is made only if it still holds' }),
});
const bodyLimitBytes = 16_384;
const one = { auth: 'required', params: webhookParams } as const;

export const webhookRoutes = defineRoutes({
  createWebhook: {
    method: 'POST',
    path: '/v1/webhooks',
    summary: 'Make a webhook',
    description: `Events of the account are sent to its URL as [Standard Webhooks](https://www.standardwebhooks.com): signed, at least once, in no promised order, tried ten times within about three days. The secret is in this answer and nowhere else. An account may have ${WEBHOOK_LIMIT}. A repeat with the same \`Idempotency-Key\` answers the same webhook with \`"secret": null\` and the header \`idempotency-replayed: true\`.`,
    auth: 'required',
    permission: 'webhooks:write',
    body: z.strictObject({ url, events, description: description.optional() }),
    bodyLimitBytes,
    idempotent: true,
    responses: {
      201: {
        description: 'The webhook, with its secret',
        body: webhookWithSecret,
        headers: {
          ...etagHeader,
          location: 'The webhook’s path',
          'idempotency-replayed': '`true` when this repeats an earlier answer',
        },
      },
    },
    errors: ['webhook_limit_reached', 'webhook_not_found', 'idempotency_key_reused'],
  },
  listWebhooks: {
    method: 'GET',
    path: '/v1/webhooks',
    summary: 'List the account’s webhooks',
    description: 'Oldest first.',
    auth: 'required',
    permission: 'webhooks:read',
    query: listQuery,
    responses: { 200: { description: 'A page of webhooks', body: listOf(webhook) } },
    errors: ['invalid_cursor'],
  },
  getWebhook: {
    ...one,
    method: 'GET',
    path: '/v1/webhooks/{webhook}',
    summary: 'Get a webhook',
    permission: 'webhooks:read',
    responses: { 200: { description: 'The webhook, without its secret', body: webhook, headers: etagHeader } },
    errors: ['webhook_not_found'],
  },
  updateWebhook: {
    ...one,
    method: 'PATCH',
    path: '/v1/webhooks/{webhook}',
    summary: 'Change a webhook',
    description:
      'A JSON merge patch. A webhook that is enabled again is told of what happens from then on; what failed meanwhile can be replayed.',
    permission: 'webhooks:write',
    headers: ifMatch,
    body: z.strictObject({
      url: url.optional(),
      events: events.optional(),
      description: description.nullable().optional(),
      enabled: z.boolean().optional(),
    }),
    bodyLimitBytes,
    responses: { 200: { description: 'The webhook as it is now', body: webhook, headers: etagHeader } },
    errors: ['webhook_not_found', 'precondition_failed'],
  },
  deleteWebhook: {
    ...one,
    method: 'DELETE',
    path: '/v1/webhooks/{webhook}',
    summary: 'Delete a webhook',
    description: 'Nothing is sent to it any more, and its deliveries are not told any more.',
    permission: 'webhooks:write',
    responses: { 204: { description: 'Deleted' } },
    errors: ['webhook_not_found'],
  },
  rotateWebhookSecret: {
    ...one,
    method: 'POST',
    path: '/v1/webhooks/{webhook}/rotate-secret',
    summary: 'Replace a webhook’s secret',
    description:
      'Messages are signed with the new secret and, while it is in force, with the old one too, so that receivers can change over without losing any. `{"graceSeconds":0}` ends the old ones at once. At most three are in force: a further rotation ends the oldest.',
    permission: 'webhooks:write',
    body: z
      .strictObject({
        graceSeconds: z
          .number()
          .int()
          .min(0)
          .max(SECRET_GRACE_SECONDS)
          .default(SECRET_GRACE_SECONDS)
          .meta({ description: 'For how long old secrets stay in force' }),
      })
      .default({ graceSeconds: SECRET_GRACE_SECONDS }),
    bodyLimitBytes,
    responses: {
      200: {
        description: 'The webhook, with its new secret',
        body: webhook.extend({ secret }),
        headers: etagHeader,
      },
    },
    errors: ['webhook_not_found'],
  },
  testWebhook: {
    ...one,
    method: 'POST',
    path: '/v1/webhooks/{webhook}/test',
    summary: 'Send a test message',
    description:
      'A message of type `webhook.test`, whatever the webhook asked for. Read the delivery to see what came of it.',
    permission: 'webhooks:write',
    responses: {
      202: { description: 'Under way', body: delivery, headers: { location: 'The delivery’s path' } },
    },
    errors: ['webhook_not_found', 'webhook_disabled'],
  },
  listDeliveries: {
    ...one,
    method: 'GET',
    path: '/v1/webhooks/{webhook}/deliveries',
    summary: 'List a webhook’s deliveries',
    description:
      'Newest first, of the last 30 days. A page may hold fewer items than asked for while `next` is not null.',
    permission: 'webhooks:read',
    query: listQuery.extend({
      state: z.enum(deliveryStates).optional().meta({ description: 'Those alone', example: 'failed' }),
    }),
    responses: { 200: { description: 'A page of deliveries', body: listOf(deliveryItem) } },
    errors: ['webhook_not_found', 'invalid_cursor'],
  },
  getDelivery: {
    method: 'GET',
    path: '/v1/webhooks/{webhook}/deliveries/{delivery}',
    summary: 'Get a delivery, with what is sent',
    auth: 'required',
    permission: 'webhooks:read',
    params: deliveryParams,
    responses: { 200: { description: 'The delivery', body: delivery } },
    errors: ['webhook_not_found', 'delivery_not_found'],
  },
  replayDelivery: {
    method: 'POST',
    path: '/v1/webhooks/{webhook}/deliveries/{delivery}/replay',
    summary: 'Send a message again',
    description:
      'Whatever came of it: at once, to the webhook’s present URL, with the same `webhook-id` and body, and the whole schedule of attempts anew.',
    auth: 'required',
    permission: 'webhooks:write',
    params: deliveryParams,
    responses: { 202: { description: 'Under way', body: delivery } },
    errors: ['webhook_not_found', 'delivery_not_found', 'webhook_disabled'],
  },
});

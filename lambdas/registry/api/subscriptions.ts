// Offers and subscriptions: what a publisher asks for its model, and who took it.
import * as z from 'zod';
import { defineRoutes } from '../../shared/platform/route.ts';
import { idOf, listOf, listQuery, micros, modelName, rate, timestamp } from '../../shared/platform/schemas.ts';
import { MIN_NOTICE_DAYS, offerKinds, subscriptionStates } from '../terms.ts';
import { modelParams } from './parameters.ts';

const offerParams = modelParams.extend({
  offer: z.string().max(200).meta({ example: 'off_01JDA8Z5V4W1T4E5R6T7Y8V9P0' }),
});
const subscriptionParams = z.object({
  subscription: z.string().max(200).meta({ example: 'sub_01JDA8Z5V4W1T4E5R6T7Y8V9P0' }),
});

const perCallMicros = rate.meta({ description: 'For each call', example: '200' });
const perRowMicros = rate.meta({ description: 'For each row of the batch input', example: '10' });
const fee = micros
  .refine((text) => !text.startsWith('-') && text.length <= 15, 'must be 0 or more, and at most 15 digits')
  .meta({ description: 'For a month', example: '5000000' });
const includedCalls = z.number().int().min(0).max(1_000_000_000).meta({ description: 'Of a period', example: 1000 });
const overage = z
  .strictObject({ perCallMicros: perCallMicros.optional(), perRowMicros: perRowMicros.optional() })
  .meta({ description: 'What calls beyond the included ones cost; absent: they are refused' });
const noticeDays = z
  .number()
  .int()
  .min(MIN_NOTICE_DAYS)
  .max(365)
  .default(MIN_NOTICE_DAYS)
  .meta({ description: 'After which the first period that begins has the new terms, for those who have subscribed' });

const kinds = {
  free: z.strictObject({ kind: z.literal('free') }),
  perCall: z.strictObject({ kind: z.literal('perCall'), perCallMicros, perRowMicros: perRowMicros.optional() }),
  perRow: z.strictObject({ kind: z.literal('perRow'), perRowMicros, perCallMicros: perCallMicros.optional() }),
  monthly: z.strictObject({
    kind: z.literal('monthly'),
    feeMicros: fee,
    includedCalls: includedCalls
      .optional()
      .meta({ description: 'Of a month; absent: each call has the rates of `overage`' }),
    overage: overage.optional(),
  }),
  trial: z.strictObject({
    kind: z.literal('trial'),
    days: z.number().int().min(1).max(90).meta({ example: 14 }),
    includedCalls,
  }),
};
const name = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^\P{C}*$/u, 'must not hold control characters')
  .meta({ example: 'Team' });

const named = { name };
const newOffer = z
  .discriminatedUnion('kind', [
    kinds.free.extend(named),
    kinds.perCall.extend(named),
    kinds.perRow.extend(named),
    kinds.monthly.extend(named),
    kinds.trial.extend(named),
  ])
  .meta({ example: { kind: 'monthly', name: 'Team', feeMicros: '5000000', includedCalls: 1000 } });
const noticed = { noticeDays };
const newOfferVersion = z
  .discriminatedUnion('kind', [
    kinds.free.extend(noticed),
    kinds.perCall.extend(noticed),
    kinds.perRow.extend(noticed),
    kinds.monthly.extend(noticed),
    kinds.trial.extend(noticed),
  ])
  .meta({ example: { kind: 'monthly', feeMicros: '6000000', includedCalls: 1000 } });

const offerVersion = z.object({
  version: z.number().int().min(1),
  perCallMicros,
  perRowMicros,
  feeMicros: fee,
  includedCalls: z.number().int().nullable().meta({ description: 'null: calls are not counted' }),
  hardStop: z.boolean().meta({ description: 'Calls beyond the included ones are refused' }),
  days: z.number().int().nullable().meta({ description: 'Of a trial' }),
  createdAt: timestamp.meta({ description: 'From then on new subscribers have it' }),
  effectiveAt: timestamp.meta({
    description: 'Earlier subscribers have it from the first period that begins then or later',
  }),
});
const offer = z.object({
  id: idOf('off'),
  model: modelName,
  name: z.string(),
  kind: z.enum(offerKinds),
  state: z.enum(['open', 'closed']).meta({ description: '`closed`: nobody new may take it' }),
  current: offerVersion.meta({ description: 'What a new subscriber gets' }),
  versions: z.array(offerVersion).meta({ description: 'All, oldest first' }),
  createdAt: timestamp,
  updatedAt: timestamp,
});

const subscription = z.object({
  id: idOf('sub'),
  model: modelName,
  offerId: idOf('off'),
  kind: z.enum(offerKinds),
  state: z
    .enum(subscriptionStates)
    .meta({ description: '`canceling`: it ends with its period; `past_due` is for later' }),
  period: z
    .object({ start: timestamp, end: timestamp, index: z.number().int().min(0) })
    .meta({ description: 'That runs, or ran last' }),
  terms: offerVersion.meta({ description: 'Of the offer, in this period' }),
  nextTerms: offerVersion
    .extend({ from: timestamp.meta({ description: 'The start of the first period that has them' }) })
    .nullable()
    .meta({ description: 'That follow; null: no change of the offer is ahead, or the subscription ends before' }),
  startedAt: timestamp,
  canceledAt: timestamp.nullable(),
  endsAt: timestamp.nullable().meta({ description: 'Of a trial, or once it is cancelled' }),
  createdAt: timestamp,
  updatedAt: timestamp,
});

const usage = z
  .object({
    calls: z.number().int().min(0),
    includedCalls: z.number().int().min(0),
    remainingCalls: z.number().int().min(0),
  })
  .nullable()
  .meta({
    description: 'Included calls of the period that were made and that are left; null: calls are not counted',
    example: { calls: 250, includedCalls: 1000, remainingCalls: 750 },
  });

const counts = z.object({
  offerId: idOf('off'),
  trialing: z.number().int().min(0),
  active: z.number().int().min(0),
  canceling: z.number().int().min(0),
});

export const subscriptionRoutes = defineRoutes({
  createOffer: {
    method: 'POST',
    path: '/v1/models/{model}/offers',
    summary: 'Offer a model to subscribers',
    description:
      'Beside the model’s own price, which stays what everybody else pays, unless the model has `requiresSubscription`. A fee is recorded; nothing is charged for it yet.',
    auth: 'required',
    permission: 'models:price',
    params: modelParams,
    body: newOffer,
    idempotent: true,
    responses: {
      201: {
        description: 'The offer',
        body: offer,
        headers: { location: 'Its path', 'idempotency-replayed': '`true` when this repeats an earlier answer' },
      },
    },
    errors: ['model_not_found', 'not_your_handle', 'offer_limit_reached', 'idempotency_key_reused', 'model_withdrawn'],
  },
  listOffers: {
    method: 'GET',
    path: '/v1/models/{model}/offers',
    summary: 'List a model’s offers',
    description: 'Open ones; to the model’s publisher closed ones too.',
    auth: 'optional',
    permission: 'models:read',
    params: modelParams,
    responses: { 200: { description: 'All of them, oldest first', body: listOf(offer) } },
    errors: ['model_not_found'],
  },
  getOffer: {
    method: 'GET',
    path: '/v1/models/{model}/offers/{offer}',
    summary: 'Get an offer',
    auth: 'optional',
    permission: 'models:read',
    params: offerParams,
    responses: { 200: { description: 'The offer, open or closed', body: offer } },
    errors: ['model_not_found', 'offer_not_found'],
  },
  closeOffer: {
    method: 'PATCH',
    path: '/v1/models/{model}/offers/{offer}',
    summary: 'Close an offer',
    description: 'Nobody new may take it; who has it keeps it. It is not opened again, and nothing else of it changes.',
    auth: 'required',
    permission: 'models:price',
    params: offerParams,
    body: z.strictObject({ state: z.literal('closed') }),
    responses: { 200: { description: 'The offer, closed', body: offer } },
    errors: ['model_not_found', 'not_your_handle', 'offer_not_found', 'model_withdrawn'],
  },
  changeOffer: {
    method: 'POST',
    path: '/v1/models/{model}/offers/{offer}/versions',
    summary: 'Change what an offer costs',
    description:
      'A new version, of the same kind. New subscribers have it at once; those before them from the first period that begins after the notice. A running period keeps what it has.',
    auth: 'required',
    permission: 'models:price',
    params: offerParams,
    body: newOfferVersion,
    responses: { 201: { description: 'The offer with its new version', body: offer } },
    errors: [
      'model_not_found',
      'not_your_handle',
      'offer_not_found',
      'offer_closed',
      'offer_kind_fixed',
      'offer_limit_reached',
      'model_withdrawn',
    ],
  },
  countSubscribers: {
    method: 'GET',
    path: '/v1/models/{model}/subscribers',
    summary: 'Count a model’s subscribers',
    description: 'Subscriptions that run, by offer; never who.',
    auth: 'required',
    permission: 'models:price',
    params: modelParams,
    responses: { 200: { description: 'Every offer’s', body: listOf(counts) } },
    errors: ['model_not_found', 'not_your_handle'],
  },
  subscribe: {
    method: 'POST',
    path: '/v1/subscriptions',
    summary: 'Subscribe to a model',
    description:
      'On one of its offers, one subscription per account and model at a time. It goes on by the month until it is cancelled; a trial ends by itself, and is had once. Of a gated model, access must be approved first.',
    auth: 'required',
    permission: 'models:subscribe',
    body: z.strictObject({ model: modelName, offerId: idOf('off') }),
    idempotent: true,
    responses: {
      201: {
        description: 'The subscription',
        body: subscription,
        headers: { location: 'Its path', 'idempotency-replayed': '`true` when this repeats an earlier answer' },
      },
    },
    errors: [
      'model_not_found',
      'model_not_ready',
      'model_withdrawn',
      'offer_not_found',
      'offer_closed',
      'already_subscribed',
      'trial_used',
      'subscription_not_needed',
      'access_required',
      'access_pending',
      'access_rejected',
      'access_revoked',
      'terms_not_accepted',
      'idempotency_key_reused',
    ],
  },
  listSubscriptions: {
    method: 'GET',
    path: '/v1/subscriptions',
    summary: 'List my account’s subscriptions',
    description: 'Newest first.',
    auth: 'required',
    permission: 'models:read',
    query: listQuery.extend({ state: z.enum(subscriptionStates).optional().meta({ description: 'Only these' }) }),
    responses: { 200: { description: 'A page of subscriptions', body: listOf(subscription) } },
    errors: ['invalid_cursor'],
  },
  getSubscription: {
    method: 'GET',
    path: '/v1/subscriptions/{subscription}',
    summary: 'Get a subscription',
    description: 'And how many of its period’s included calls were made.',
    auth: 'required',
    permission: 'models:read',
    params: subscriptionParams,
    responses: { 200: { description: 'The subscription', body: subscription.extend({ usage }) } },
    errors: ['subscription_not_found'],
  },
  cancelSubscription: {
    method: 'POST',
    path: '/v1/subscriptions/{subscription}/cancel',
    summary: 'Cancel a subscription',
    description:
      'It ends with the period that runs, and is good until then; `now` ends a trial or a free one at once. Repeated, it changes nothing.',
    auth: 'required',
    permission: 'models:subscribe',
    params: subscriptionParams,
    body: z.strictObject({ now: z.boolean().default(false) }).optional(),
    responses: { 200: { description: 'The subscription, cancelled', body: subscription } },
    errors: ['subscription_not_found', 'subscription_state_forbids'],
  },
});

// Ratings and reviews, answers to them, and reports of abuse.
import * as z from 'zod';
import { defineRoutes } from '../../shared/platform/route.ts';
import { idOf, listOf, listQuery, modelName, timestamp } from '../../shared/platform/schemas.ts';
import { MAX_RATING } from '../domain/rating.ts';
import { rating } from '../stats-wire.ts';
import { reportReasons, reportStates } from '../terms.ts';
import { versionName } from '../wire.ts';
import { etagHeader, ifMatch, modelParams } from './parameters.ts';

const TITLE_LIMIT = 120;
const TEXT_LIMIT = 4_000;
const REPLY_LIMIT = 2_000;
const REPORT_LIMIT = 2_000;

// Joiners are format characters, but Persian, Hindi and families of emoji are written with them.
const shown = /^(?:[\P{C}\n\t]|\u200c|\u200d)*$/u;
const shownLine = /^(?:\P{C}|\u200c|\u200d)*$/u;

const words = (most: number, what: string, example: string) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(most, `must be at most ${most} characters`)
    .regex(shown, 'must not hold control characters but line ends and tabs')
    .meta({ description: what, example });

const stars = z.number().int().min(1).max(MAX_RATING).meta({ description: 'Stars, 1 to 5', example: 4 });
const title = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(TITLE_LIMIT, `must be at most ${TITLE_LIMIT} characters`)
  .regex(shownLine, 'must not hold control characters')
  .meta({ description: 'One line', example: 'Knows its irises' });
const text = words(TEXT_LIMIT, 'Plain text: it is shown as it stands, without markup', 'Right in 97 of our 100 beds.');

export const review = z.object({
  id: idOf('rvw'),
  model: modelName,
  rating: stars,
  title: z.string().nullable(),
  text: z.string().nullable().meta({ description: 'Plain text' }),
  version: z.string().nullable().meta({ description: 'The version that it is about, where the author said so' }),
  author: z
    .object({ handle: z.string().nullable() })
    .meta({ description: 'The account that wrote it; `null`: one without a handle' }),
  verified: z.literal(true).meta({ description: 'The account used the model: nobody else may review it' }),
  reply: z
    .object({ text: z.string(), createdAt: timestamp, updatedAt: timestamp })
    .nullable()
    .meta({ description: 'The publisher’s answer' }),
  createdAt: timestamp,
  updatedAt: timestamp.meta({ description: 'Of the reply too' }),
  editedAt: timestamp.nullable().meta({ description: 'When its author changed it last' }),
});

export const ownReview = review.extend({
  hidden: z
    .object({ since: timestamp, reason: z.string() })
    .nullable()
    .meta({ description: 'While an operator hides it: it is seen by its author alone, and does not count' }),
});

const newReview = z.strictObject({
  rating: stars,
  title: title.optional(),
  text: text.optional(),
  version: versionName.optional().meta({ description: 'A published version that it is about', example: '1.0.0' }),
});

const reviewPage = listOf(review).extend({
  rating,
  distribution: z
    .array(z.object({ rating: stars, count: z.number().int().min(0) }))
    .meta({ description: 'How many of all reviews gave how many stars, five first' }),
});

export const reviewParams = modelParams.extend({
  review: z.string().max(200).meta({ example: 'rvw_01JDA8Z5V4W1T4E5R6T7Y8V9P0' }),
});

export const reportParams = z.object({
  report: z.string().max(200).meta({ example: 'rpt_01JDA8Z5V4W1T4E5R6T7Y8V9P0' }),
});

const complaint = z
  .strictObject({
    reason: z.enum(reportReasons).meta({ example: 'spam' }),
    text: words(
      REPORT_LIMIT,
      'What is wrong with it; needed for `other`',
      'The same text under forty models',
    ).optional(),
  })
  .refine(({ reason, text: said }) => reason !== 'other' || said !== undefined, {
    message: "must say what is wrong where 'reason' is 'other'",
    path: ['text'],
  })
  .meta({ example: { reason: 'spam' } });

export const report = z.object({
  id: idOf('rpt'),
  model: modelName,
  review: z.string().nullable().meta({ description: 'null: the model itself was reported' }),
  reason: z.enum(reportReasons),
  text: z.string().nullable(),
  state: z.enum(reportStates),
  createdAt: timestamp,
  updatedAt: timestamp,
});

const filed = {
  200: { description: 'What the account reported before', body: report },
  201: { description: 'The report', body: report, headers: { location: 'Its path' } },
} as const;
const reported =
  'Operators look at it. An account reports the same thing once: sent again, it answers what was reported before. Its publisher and its author are never told who reported.';

const missing = ['model_not_found', 'review_not_found'] as const;

export const reviewRoutes = defineRoutes({
  // Before those of any review, whose paths would take `mine` for an id.
  getMyReview: {
    method: 'GET',
    path: '/v1/models/{model}/reviews/mine',
    summary: 'Get my account’s review of a model',
    auth: 'required',
    permission: 'models:read',
    params: modelParams,
    responses: { 200: { description: 'The review', body: ownReview, headers: etagHeader } },
    errors: missing,
  },
  putMyReview: {
    method: 'PUT',
    path: '/v1/models/{model}/reviews/mine',
    summary: 'Rate and review a model',
    description:
      'One review per account and model: the first time it is made, then it is changed; what is left out is empty. Only for accounts that used the model: a call is known here a few minutes after it was made, a download of a file that only those let in may fetch at once. Its rating counts from this moment on.',
    auth: 'required',
    permission: 'models:review',
    params: modelParams,
    headers: ifMatch,
    body: newReview,
    responses: {
      200: { description: 'The review as it is now', body: ownReview, headers: etagHeader },
      201: { description: 'The review', body: ownReview, headers: { ...etagHeader, location: 'Its path' } },
    },
    errors: ['model_not_found', 'review_of_own_model', 'review_needs_use', 'precondition_failed'],
  },
  deleteMyReview: {
    method: 'DELETE',
    path: '/v1/models/{model}/reviews/mine',
    summary: 'Delete my account’s review of a model',
    description:
      'Its rating counts no more, and the publisher’s reply goes with it. One that an operator hid stays until it is shown again.',
    auth: 'required',
    permission: 'models:review',
    params: modelParams,
    headers: ifMatch,
    responses: { 204: { description: 'There is no review of the account' } },
    errors: [...missing, 'precondition_failed', 'review_hidden'],
  },
  listReviews: {
    method: 'GET',
    path: '/v1/models/{model}/reviews',
    summary: 'List the reviews of a model',
    description:
      'Newest first unless `sort` says otherwise. By `rating` a list may lag behind a change by moments; of like ratings, the order is by time.',
    auth: 'optional',
    permission: 'models:read',
    params: modelParams,
    query: listQuery.extend({
      sort: z
        .enum(['createdAt', '-createdAt', 'rating', '-rating'])
        .default('-createdAt')
        .meta({ description: '`-` turns round: `-createdAt` is newest first, `-rating` best' }),
    }),
    responses: { 200: { description: 'A page of reviews', body: reviewPage } },
    errors: ['model_not_found', 'invalid_cursor'],
  },
  getReview: {
    method: 'GET',
    path: '/v1/models/{model}/reviews/{review}',
    summary: 'Get a review',
    auth: 'optional',
    permission: 'models:read',
    params: reviewParams,
    responses: { 200: { description: 'The review', body: review, headers: etagHeader } },
    errors: missing,
  },
  replyToReview: {
    method: 'POST',
    path: '/v1/models/{model}/reviews/{review}/reply',
    summary: 'Answer a review',
    description:
      'For the model’s publisher: one answer per review, shown with it. Sent again, it takes the place of the one before. The author is told by event and webhook.',
    auth: 'required',
    permission: 'models:write',
    params: reviewParams,
    headers: ifMatch,
    body: z.strictObject({ text: words(REPLY_LIMIT, 'Plain text', 'Thank you: 1.1.0 knows the other three as well.') }),
    responses: {
      200: { description: 'The review, with the answer as it is now', body: review, headers: etagHeader },
      201: {
        description: 'The review, answered',
        body: review,
        headers: { ...etagHeader, location: 'The review’s path' },
      },
    },
    errors: [...missing, 'not_your_handle', 'precondition_failed'],
  },
  deleteReply: {
    method: 'DELETE',
    path: '/v1/models/{model}/reviews/{review}/reply',
    summary: 'Take the answer to a review back',
    auth: 'required',
    permission: 'models:write',
    params: reviewParams,
    headers: ifMatch,
    responses: { 204: { description: 'The review has no answer' } },
    errors: [...missing, 'not_your_handle', 'reply_not_found', 'precondition_failed'],
  },
  reportReview: {
    method: 'POST',
    path: '/v1/models/{model}/reviews/{review}/report',
    summary: 'Report a review',
    description: reported,
    auth: 'required',
    permission: 'models:report',
    params: reviewParams,
    body: complaint,
    responses: filed,
    errors: missing,
  },
  reportModel: {
    method: 'POST',
    path: '/v1/models/{model}/reports',
    summary: 'Report a model',
    description: reported,
    auth: 'required',
    permission: 'models:report',
    params: modelParams,
    body: complaint,
    responses: filed,
    errors: ['model_not_found'],
  },
  getReport: {
    method: 'GET',
    path: '/v1/models/{model}/reports/{report}',
    summary: 'Get a report of my account’s',
    description: 'What the account reported, and whether it is resolved.',
    auth: 'required',
    permission: 'models:read',
    params: modelParams.extend(reportParams.shape),
    responses: { 200: { description: 'The report', body: report } },
    errors: ['model_not_found', 'report_not_found'],
  },
});

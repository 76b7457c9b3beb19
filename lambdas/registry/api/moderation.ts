// What operators do with anybody’s models.
import * as z from 'zod';
import { defineRoutes } from '../../shared/platform/route.ts';
import { idOf, listOf, listQuery, modelName, timestamp } from '../../shared/platform/schemas.ts';
import { reportDecisions, reportStates } from '../terms.ts';
import { model, version } from '../wire.ts';
import { etagHeader, modelParams, reason, reasoned, versionParams } from './parameters.ts';
import { ownReview, report, reportParams, reviewParams } from './reviews.ts';

const anyReport = report.extend({
  reported: ownReview
    .nullable()
    .meta({ description: 'The review as it is now; null: it is gone, or the model was reported' }),
  reporter: z.object({ accountId: idOf('acc'), userId: idOf('usr') }).meta({ description: 'Told to operators alone' }),
  resolution: z
    .object({ decision: z.enum(reportDecisions), reason: z.string(), by: idOf('usr'), at: timestamp })
    .nullable(),
});

const suspended = {
  method: 'POST',
  auth: 'operator',
  params: modelParams,
  body: reasoned,
  errors: ['model_not_found'],
} as const;
const hidden = {
  method: 'POST',
  auth: 'operator',
  params: reviewParams,
  body: reasoned,
  errors: ['model_not_found', 'review_not_found'],
} as const;

export const moderationRoutes = defineRoutes({
  releaseAnyVersion: {
    method: 'POST',
    path: '/v1/admin/moderation/models/{model}/versions/{version}/release',
    summary: 'Release anybody’s version from quarantine',
    description:
      'As its publisher does, and as often as it takes. Releasing a version that is not quarantined changes nothing.',
    auth: 'operator',
    params: versionParams,
    body: reasoned,
    responses: { 200: { description: 'The version, published', body: version, headers: etagHeader } },
    errors: ['model_not_found', 'version_not_found', 'version_state_forbids'],
  },
  listReports: {
    method: 'GET',
    path: '/v1/admin/moderation/reports',
    summary: 'List reports of abuse',
    description: 'Oldest first.',
    auth: 'operator',
    query: listQuery.extend({
      state: z.enum(reportStates).default('open').meta({ description: '`open` unless told' }),
      model: modelName.optional().meta({ description: 'Of this model and its reviews' }),
    }),
    responses: { 200: { description: 'A page of reports', body: listOf(anyReport) } },
    errors: ['invalid_cursor'],
  },
  getAnyReport: {
    method: 'GET',
    path: '/v1/admin/moderation/reports/{report}',
    summary: 'Get a report of abuse',
    auth: 'operator',
    params: reportParams,
    responses: { 200: { description: 'The report', body: anyReport } },
    errors: ['report_not_found'],
  },
  resolveReport: {
    method: 'POST',
    path: '/v1/admin/moderation/reports/{report}/resolve',
    summary: 'Resolve a report of abuse',
    description:
      'For good, together with what it does: `hide-review` hides the reported review, `suspend-model` suspends the model. Whoever reported is told the decision; publisher and author are told what is done and why, never who reported. The same decision for the same reason again changes nothing.',
    auth: 'operator',
    params: reportParams,
    body: z.strictObject({ decision: z.enum(reportDecisions).meta({ example: 'dismiss' }), reason }),
    responses: { 200: { description: 'The report, resolved', body: anyReport } },
    errors: ['report_not_found', 'report_resolved', 'review_not_found', 'model_not_found'],
  },
  hideReview: {
    ...hidden,
    path: '/v1/admin/moderation/models/{model}/reviews/{review}/hide',
    summary: 'Hide a review',
    description:
      'Its author alone sees it, with the reason, and may change it; its rating does not count. Both sides are told. Hiding a hidden one changes nothing.',
    responses: { 200: { description: 'The review, hidden', body: ownReview, headers: etagHeader } },
  },
  showReview: {
    ...hidden,
    path: '/v1/admin/moderation/models/{model}/reviews/{review}/show',
    summary: 'Show a hidden review again',
    description: 'As it is by now, with its rating. Both sides are told. Showing a shown one changes nothing.',
    responses: { 200: { description: 'The review, shown', body: ownReview, headers: etagHeader } },
  },
  suspendModel: {
    ...suspended,
    path: '/v1/admin/moderation/models/{model}/suspend',
    summary: 'Suspend a model',
    description:
      'From now on no list and no search holds it, and its page, files and reviews are there for its owner alone, who reads the reason. Calls are refused within seconds (403 `model_suspended`), its owner’s too. Nothing else of it changes. Suspending a suspended one changes nothing.',
    responses: { 200: { description: 'The model, suspended', body: model, headers: etagHeader } },
  },
  reinstateModel: {
    ...suspended,
    path: '/v1/admin/moderation/models/{model}/reinstate',
    summary: 'Reinstate a suspended model',
    description:
      'It is seen and called as before, within seconds. Reinstating one that is not suspended changes nothing.',
    responses: { 200: { description: 'The model', body: model, headers: etagHeader } },
  },
});

// What operators do with anybody’s models.
import { defineRoutes } from '../../shared/platform/route.ts';
import { version } from '../wire.ts';
import { etagHeader, reasoned, versionParams } from './parameters.ts';

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
});

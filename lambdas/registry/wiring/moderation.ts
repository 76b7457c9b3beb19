// The use cases of api/moderation.ts, over the registry's stores.
import type { UseCases } from '../../shared/platform/route.ts';
import type { moderationRoutes } from '../api/moderation.ts';
import {
  hideReview,
  type ModerateModelsPorts,
  reinstateModel,
  showReview,
  suspendModel,
} from '../routes/moderate-models.ts';
import { getAnyReport, listReports, type ModerateReportsPorts, resolveReport } from '../routes/moderate-reports.ts';
import { type ReleaseVersionPorts, releaseAnyVersion } from '../routes/release-version.ts';

export const moderationUseCases = (
  ports: ReleaseVersionPorts & ModerateReportsPorts & ModerateModelsPorts,
): UseCases<typeof moderationRoutes> => ({
  releaseAnyVersion: releaseAnyVersion(ports),
  listReports: listReports(ports),
  getAnyReport: getAnyReport(ports),
  resolveReport: resolveReport(ports),
  hideReview: hideReview(ports),
  showReview: showReview(ports),
  suspendModel: suspendModel(ports),
  reinstateModel: reinstateModel(ports),
});

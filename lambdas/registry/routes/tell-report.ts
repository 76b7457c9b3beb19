// A report as the API tells it: to who made it, and with who that is to operators.
import { toTimestamp } from '../../shared/kernel/clock.ts';
import type { Report } from '../ports/reports.ts';
import type { Review } from '../ports/reviews.ts';
import { tellOwnReview } from './tell-review.ts';

export const tellReport = (report: Report) => ({
  id: report.id,
  model: report.model,
  review: report.review ?? null,
  reason: report.reason,
  text: report.text ?? null,
  state: report.state,
  createdAt: toTimestamp(report.createdAtMs),
  updatedAt: toTimestamp(report.updatedAtMs),
});

/** To operators. @param reported - the review as it is now; undefined: it is gone, or the model was reported */
export const tellAnyReport = (report: Report, reported: Review | undefined) => ({
  ...tellReport(report),
  reported: reported ? tellOwnReview(reported) : null,
  reporter: { accountId: report.accountId, userId: report.reportedBy },
  resolution: report.resolution
    ? {
        decision: report.resolution.decision,
        reason: report.resolution.reason,
        by: report.resolution.by,
        at: toTimestamp(report.resolution.atMs),
      }
    : null,
});

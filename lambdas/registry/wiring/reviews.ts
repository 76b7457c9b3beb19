// The use cases of api/reviews.ts, over the registry's stores.
import type { UseCases } from '../../shared/platform/route.ts';
import type { reviewRoutes } from '../api/reviews.ts';
import { type FileReportPorts, getReport, reportModel, reportReview } from '../routes/file-report.ts';
import { getReview, type ListReviewsPorts, listReviews } from '../routes/list-reviews.ts';
import { deleteMyReview, getMyReview, type MyReviewPorts, putMyReview } from '../routes/my-review.ts';
import { deleteReply, type ReplyPorts, replyToReview } from '../routes/reply-to-review.ts';

export const reviewUseCases = (
  ports: MyReviewPorts & ListReviewsPorts & ReplyPorts & FileReportPorts,
): UseCases<typeof reviewRoutes> => ({
  getMyReview: getMyReview(ports),
  putMyReview: putMyReview(ports),
  deleteMyReview: deleteMyReview(ports),
  listReviews: listReviews(ports),
  getReview: getReview(ports),
  replyToReview: replyToReview(ports),
  deleteReply: deleteReply(ports),
  reportReview: reportReview(ports),
  reportModel: reportModel(ports),
  getReport: getReport(ports),
});

/** POST /v1/models/{model}/reports and …/reviews/{review}/report — abuse is reported, once per account and target. */
import { viewerOf } from '../../accounts/gateway.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import { isId } from '../../shared/kernel/ids.ts';
import type { Caller } from '../../shared/platform/caller.ts';
import { newId } from '../../shared/platform/new-id.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { noModel } from '../domain/visibility.ts';
import type { Report, ReportReason, ReportStore, ReportTarget } from '../ports/reports.ts';
import type { ReviewStore } from '../ports/reviews.ts';
import { findVisible, type VisibleModels } from './find-model.ts';
import { findReview } from './find-review.ts';
import { retryChanged } from './retry-changed.ts';
import { tellReport } from './tell-report.ts';

export interface FileReportPorts {
  readonly models: VisibleModels;
  readonly reviews: Pick<ReviewStore, 'find'>;
  readonly reports: Pick<ReportStore, 'find' | 'findOf' | 'file'>;
}

export const reportModel =
  (ports: FileReportPorts): UseCase<typeof registryRoutes.reportModel> =>
  async ({ caller, params, body, nowMs }) => {
    const { name: model } = await findVisible(ports.models, caller, params.model);
    return file(ports, caller, { model }, body, nowMs);
  };

export const reportReview =
  (ports: FileReportPorts): UseCase<typeof registryRoutes.reportReview> =>
  async ({ caller, params, body, nowMs }) => {
    const { name: model } = await findVisible(ports.models, caller, params.model);
    const { id: review } = await findReview(ports.reviews, model, params.review);
    return file(ports, caller, { model, review }, body, nowMs);
  };

/** GET /v1/models/{model}/reports/{report} — to who made it, whatever became of the model. */
export const getReport =
  ({ reports }: FileReportPorts): UseCase<typeof registryRoutes.getReport> =>
  async ({ caller, params }) => {
    // A key that is bound to other models sees nothing of this one.
    if (viewerOf(caller, params.model) === undefined) throw noModel(params.model);
    const report = await findReport(reports, params.report);
    const isOwn = report.accountId === caller.accountId && report.model === params.model;
    if (!isOwn) throw noReport(params.report);
    return { status: 200, body: tellReport(report) };
  };

interface Complaint {
  readonly reason: ReportReason;
  readonly text?: string | undefined;
}

const file = async (
  { reports }: FileReportPorts,
  { accountId, userId: reportedBy }: Caller,
  target: ReportTarget,
  { reason, text }: Complaint,
  nowMs: number,
) => {
  const { report, isNew } = await retryChanged(async () => {
    const earlier = await reports.findOf(target, accountId);
    if (earlier) return { report: earlier, isNew: false };
    const times = { createdAtMs: nowMs, updatedAtMs: nowMs };
    const id = newId('rpt', nowMs);
    const report: Report = { id, ...target, accountId, reportedBy, reason, text, state: 'open', ...times };
    return (await reports.file(report)) ? { report, isNew: true } : undefined;
  });
  const body = tellReport(report);
  const location = `/v1/models/${report.model}/reports/${report.id}`;
  return isNew ? { status: 201 as const, body, headers: { location } } : { status: 200 as const, body };
};

/** @throws DomainError report_not_found */
export const findReport = async (reports: Pick<ReportStore, 'find'>, id: string): Promise<Report> => {
  const report = isId('rpt', id) ? await reports.find(id) : undefined;
  if (!report) throw noReport(id);
  return report;
};

const noReport = (id: string) => new DomainError('not_found', 'report_not_found', `no report '${id}'`);

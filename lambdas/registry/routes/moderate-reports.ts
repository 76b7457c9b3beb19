/** /v1/admin/moderation/reports… — operators look at reports of abuse, and resolve each once. */
import { DomainError } from '../../shared/kernel/errors.ts';
import { isId } from '../../shared/kernel/ids.ts';
import { decodeCursor, encodeCursor } from '../../shared/platform/cursor.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { pageOf } from '../domain/page-of.ts';
import { hideReview } from '../domain/review.ts';
import { suspendModel } from '../domain/suspension.ts';
import { PAGE_LIMIT_BYTES, withinBytes } from '../domain/within-bytes.ts';
import { operatorAct } from '../ports/act.ts';
import type { Consequence, Report, ReportDecision, ReportStore } from '../ports/reports.ts';
import type { ReviewStore } from '../ports/reviews.ts';
import type { ModelStore } from '../ports.ts';
import { findReport } from './file-report.ts';
import { findAnyModel } from './find-model.ts';
import { findAnyReview } from './find-review.ts';
import { retryChanged } from './retry-changed.ts';
import { tellAnyReport } from './tell-report.ts';

export interface ModerateReportsPorts {
  readonly models: Pick<ModelStore, 'find'>;
  readonly reviews: Pick<ReviewStore, 'find'>;
  readonly reports: Pick<ReportStore, 'find' | 'walk' | 'resolve'>;
}

/** Items looked at for one page. */
const LOOK_LIMIT = 1_000;

export const listReports =
  ({ reviews, reports }: ModerateReportsPorts): UseCase<typeof registryRoutes.listReports> =>
  async ({ query: { limit, cursor, state, model } }) => {
    const filters = { list: 'reports', state, model };
    const after = afterId(decodeCursor(cursor, filters));
    const page = await pageOf(reports.walk(state, after), {
      limit,
      lookLimit: LOOK_LIMIT,
      matches: (report) => model === undefined || report.model === model,
    });
    const all = await Promise.all(page.items.map((report) => tell(reviews, report)));
    const told = withinBytes(all, PAGE_LIMIT_BYTES);
    const end = told.length < all.length ? told.at(-1) : page.last;
    return { status: 200, body: { items: told, next: encodeCursor(end && { after: end.id }, filters) } };
  };

export const getAnyReport =
  ({ reviews, reports }: ModerateReportsPorts): UseCase<typeof registryRoutes.getAnyReport> =>
  async ({ params }) => ({ status: 200, body: await tell(reviews, await findReport(reports, params.report)) });

export const resolveReport =
  (ports: ModerateReportsPorts): UseCase<typeof registryRoutes.resolveReport> =>
  async ({ caller, params, body: { decision, reason }, nowMs }) => {
    const act = operatorAct(caller, reason);
    const resolved = await retryChanged(async () => {
      const before = await findReport(ports.reports, params.report);
      if (before.resolution?.decision === decision && before.resolution.reason === reason) return before;
      if (before.resolution) throw resolvedAlready(before);
      const resolution = { decision, reason, by: caller.userId, atMs: nowMs };
      const report: Report = { ...before, state: 'resolved', resolution, updatedAtMs: nowMs };
      const consequence = await consequenceOf(ports, before, { decision, reason, nowMs });
      return (await ports.reports.resolve(report, consequence, act)) ? report : undefined;
    });
    return { status: 200, body: await tell(ports.reviews, resolved) };
  };

interface Decided {
  readonly decision: ReportDecision;
  readonly reason: string;
  readonly nowMs: number;
}

/** @returns undefined where nothing is to be done, or it was done before */
const consequenceOf = async (
  { models, reviews }: ModerateReportsPorts,
  { model: name, review }: Report,
  { decision, reason, nowMs }: Decided,
): Promise<Consequence | undefined> => {
  if (decision === 'dismiss') return undefined;
  const model = await findAnyModel(models, name);
  if (decision === 'suspend-model') {
    const suspended = suspendModel(model, reason, nowMs);
    return suspended === model ? undefined : { kind: 'suspend', model: suspended };
  }
  if (review === undefined) throw noReviewReported();
  const before = await findAnyReview(reviews, name, review);
  const after = hideReview(before, reason, nowMs);
  return after === before ? undefined : { kind: 'hide', before, after, owner: model.ownerAccountId };
};

const tell = async (reviews: Pick<ReviewStore, 'find'>, report: Report) =>
  tellAnyReport(report, report.review === undefined ? undefined : await reviews.find(report.model, report.review));

const resolvedAlready = ({ id, resolution }: Report) =>
  new DomainError('conflict', 'report_resolved', `'${id}' was resolved already: ${resolution?.decision}`);

const noReviewReported = () => {
  const detail = "must be 'dismiss' or 'suspend-model': a model was reported, not a review";
  return new DomainError('invalid', 'validation_failed', `'/decision' ${detail}`, {
    errors: [{ pointer: '/decision', detail }],
  });
};

/** A cursor is not signed, so what is in it is looked at like any other input. @throws DomainError invalid_cursor */
const afterId = (content: Readonly<Record<string, string | number>> | undefined): string | undefined => {
  if (content === undefined) return undefined;
  if (typeof content.after === 'string' && isId('rpt', content.after)) return content.after;
  throw new DomainError('invalid', 'invalid_cursor', "'query/cursor' must be the 'next' of a page of the same list");
};

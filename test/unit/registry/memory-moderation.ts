// Reports of abuse and suspensions in memory, with the table's refusals: once per account and target, resolved once, revisions.
import type { HistoryEntry } from '../../../lambdas/registry/ports/life.ts';
import type { Report, ReportStore, ReportTarget, SuspensionStore } from '../../../lambdas/registry/ports/reports.ts';
import type { ReviewStore } from '../../../lambdas/registry/ports/reviews.ts';
import type { Model } from '../../../lambdas/registry/ports.ts';

interface Surroundings {
  readonly models: Map<string, Model>;
  readonly reviews: Pick<ReviewStore, 'save'>;
  readonly events: string[];
  readonly tell: (event: string, model: string, more: Partial<HistoryEntry>) => void;
  /** Another caller that comes between. */
  readonly interrupt: () => Promise<unknown>;
}

export const memoryModeration = ({ models, reviews, events, tell, interrupt }: Surroundings) => {
  const all = new Map<string, Report>();
  const isOn = (report: Report, target: ReportTarget) =>
    report.model === target.model && report.review === target.review;
  const suspensions: SuspensionStore = {
    save: async (model, act) => {
      await interrupt();
      if (models.get(model.name)?.revision !== model.revision - 1) return false;
      models.set(model.name, model);
      tell(model.suspension ? 'ModelSuspended.v1' : 'ModelReinstated.v1', model.name, act);
      return true;
    },
  };
  const findOf: ReportStore['findOf'] = async (target, accountId) =>
    [...all.values()].find((report) => report.accountId === accountId && isOn(report, target));
  const reports: ReportStore = {
    find: async (id) => all.get(id),
    findOf,
    file: async (report) => {
      await interrupt();
      if (await findOf(report, report.accountId)) return false;
      all.set(report.id, report);
      events.push(`ReportFiled.v1 ${report.model} ${report.accountId}`);
      return true;
    },
    async *walk(state, after = '') {
      yield* [...all.values()]
        .filter((report) => report.state === state && report.id > after)
        .sort((a, b) => (a.id < b.id ? -1 : 1));
    },
    resolve: async (report, consequence, act) => {
      await interrupt();
      if (all.get(report.id)?.state !== 'open') return false;
      const nowMs = report.updatedAtMs;
      const done =
        consequence?.kind === 'suspend'
          ? await suspensions.save(consequence.model, act)
          : consequence?.kind !== 'hide' ||
            (await reviews.save(consequence.before, consequence.after, {
              type: 'ReviewRemoved.v1',
              owner: consequence.owner,
              act,
              nowMs,
            }));
      if (!done) return false;
      all.set(report.id, report);
      events.push(`ReportResolved.v1 ${report.model} ${report.accountId}`);
      return true;
    },
  };
  return { reports, suspensions };
};

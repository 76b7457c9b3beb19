// Reports of abuse in DynamoDB: a partition for each state, by their ids, which sort by time; and which of them is an
// account's on a review or a model.
import * as z from 'zod/mini';
import { outboxItem } from '../../shared/platform/events.ts';
import type { TableClient } from '../../shared/platform/table-client.ts';
import { transact } from '../../shared/platform/transact.ts';
import { reportData } from '../event-data.ts';
import type { Act } from '../ports/act.ts';
import type { Consequence, Report, ReportState, ReportStore, ReportTarget } from '../ports/reports.ts';
import { reportDecisions, reportReasons, reportStates } from '../terms.ts';
import { reviewWrites } from './dynamo-reviews.ts';
import { suspensionWrites } from './dynamo-suspensions.ts';
import { putNew, type WriteItem } from './writes.ts';

const reportItem = z.pipe(
  z.object({
    schema: z.literal(1),
    id: z.string(),
    model: z.string(),
    review: z.optional(z.string()),
    accountId: z.string(),
    reportedBy: z.string(),
    reason: z.enum(reportReasons),
    text: z.optional(z.string()),
    state: z.enum(reportStates),
    resolution: z.optional(
      z.object({ decision: z.enum(reportDecisions), reason: z.string(), by: z.string(), atMs: z.int() }),
    ),
    createdAtMs: z.int(),
    updatedAtMs: z.int(),
  }),
  z.transform(({ schema: _, ...report }): Report => report),
);
const pointerItem = z.object({ schema: z.literal(1), id: z.string() });

const WALK_PAGE = 100;
const REPORT = 'rpt_';
/** Sorts after whatever may follow. */
const END = '~';

const reportKey = (state: ReportState, id: string) => ({ pk: `reports#${state}`, sk: id });
const pointerKey = ({ model, review = 'model' }: ReportTarget, accountId: string) => ({
  pk: `reported#${model}`,
  sk: `${review}#${accountId}`,
});
const toReportItem = (report: Report) => ({ ...reportKey(report.state, report.id), schema: 1, ...report });

export const dynamoReports = (client: TableClient, table: string): ReportStore => {
  const get = async (Key: { readonly pk: string; readonly sk: string }) =>
    (await client.get({ TableName: table, Key, ConsistentRead: true })).Item;
  const find = async (id: string) => {
    // It moves one way only: what is open no more is resolved by then.
    const Item = (await get(reportKey('open', id))) ?? (await get(reportKey('resolved', id)));
    return Item ? reportItem.parse(Item) : undefined;
  };
  return {
    find,

    findOf: async (target, accountId) => {
      const Item = await get(pointerKey(target, accountId));
      return Item ? find(pointerItem.parse(Item).id) : undefined;
    },

    file: async (report) => {
      const writes = [
        putNew(table, { ...pointerKey(report, report.accountId), schema: 1, id: report.id }),
        putNew(table, toReportItem(report)),
        tell(table, report, 'ReportFiled.v1'),
      ];
      return (await transact(client, writes)) === undefined;
    },

    async *walk(state, after) {
      let from: Record<string, unknown> | undefined;
      do {
        const page = await client.query({
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk AND sk BETWEEN :low AND :high',
          ExpressionAttributeValues: {
            ':pk': reportKey(state, '').pk,
            ':low': after ?? REPORT,
            ':high': `${REPORT}${END}`,
          },
          Limit: WALK_PAGE,
          ...(from ? { ExclusiveStartKey: from } : {}),
        });
        for (const item of page.Items ?? []) {
          const report = reportItem.parse(item);
          if (report.id !== after) yield report;
        }
        from = page.LastEvaluatedKey;
      } while (from);
    },

    resolve: async (report, consequence, act) => {
      const writes = [
        closeOpen(table, report.id),
        putNew(table, toReportItem(report)),
        tell(table, report, 'ReportResolved.v1'),
        ...writesOf(table, consequence, act, report.updatedAtMs),
      ];
      return (await transact(client, writes)) === undefined;
    },
  };
};

const closeOpen = (table: string, id: string): WriteItem => ({
  Delete: { TableName: table, Key: reportKey('open', id), ConditionExpression: 'attribute_exists(pk)' },
});

const writesOf = (
  table: string,
  consequence: Consequence | undefined,
  act: Act,
  nowMs: number,
): readonly WriteItem[] => {
  switch (consequence?.kind) {
    case 'hide': {
      const { before, after, owner } = consequence;
      const data = { reason: act.reason };
      return reviewWrites(table, before, after, { type: 'ReviewRemoved.v1', owner, act, data, nowMs });
    }
    case 'suspend':
      return suspensionWrites(table, consequence.model, act);
    default:
      return [];
  }
};

/** To who reported: the publisher is told of what is done, not of who asked for it. */
const tell = (table: string, report: Report, type: 'ReportFiled.v1' | 'ReportResolved.v1'): WriteItem => {
  const { id, model, review, accountId, reason, resolution, updatedAtMs } = report;
  const data = reportData.parse({ model, review, report: id, reason, decision: resolution?.decision });
  return putNew(table, outboxItem({ source: 'aimass.registry', type, accountId, subject: model, data }, updatedAtMs));
};

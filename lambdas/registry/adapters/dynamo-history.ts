// A model's history in DynamoDB: a partition of its own, by the ids of events, which sort by time.
import * as z from 'zod/mini';
import type { TableClient } from '../../shared/platform/table-client.ts';
import type { HistoryEntry, HistoryStore } from '../ports/life.ts';
import { versionStates } from '../terms.ts';
import { actorItem } from './items.ts';
import { historyPk } from './told-change.ts';

const historyItem = z.pipe(
  z.object({
    schema: z.literal(1),
    sk: z.string(),
    atMs: z.int(),
    event: z.string(),
    model: z.string(),
    version: z.optional(z.string()),
    by: actorItem,
    reason: z.optional(z.string()),
    from: z.optional(z.enum(versionStates)),
    to: z.optional(z.enum(versionStates)),
    data: z.record(z.string(), z.unknown()),
  }),
  z.transform(({ schema: _, sk: id, ...rest }): HistoryEntry => ({ id, ...rest })),
);

export const dynamoHistory = (client: TableClient, table: string): HistoryStore => ({
  list: async ({ model, limit, after }) => {
    const page = await client.query({
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: after === undefined ? 'pk = :pk' : 'pk = :pk AND sk < :after',
      ExpressionAttributeValues: {
        ':pk': historyPk(model),
        ...(after === undefined ? {} : { ':after': after }),
      },
      ScanIndexForward: false,
      // One more than asked for tells whether there is a next page.
      Limit: limit + 1,
    });
    const found = (page.Items ?? []).map((item) => historyItem.parse(item));
    const items = found.slice(0, limit);
    const more = found.length > limit || page.LastEvaluatedKey !== undefined;
    return { items, last: more ? items.at(-1)?.id : undefined };
  },
});

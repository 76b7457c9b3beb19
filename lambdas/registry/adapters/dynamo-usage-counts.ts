// The use of models in DynamoDB: an item per model and account that called it, the model's sums, and marks of what was
// counted, by which a repeated event is known.
import * as z from 'zod/mini';
import { outboxItem } from '../../shared/platform/events.ts';
import type { TableClient } from '../../shared/platform/table-client.ts';
import { transact } from '../../shared/platform/transact.ts';
import type { modelStatsChangedData } from '../event-data.ts';
import type { CountedEvent, UsageCount, UsageCounts } from '../ports/usage-counts.ts';
import { userKey } from './dynamo-model-users.ts';
import { statsKey } from './stats-item.ts';
import { putNew, type WriteItem } from './writes.ts';

/**
 * Longer than an event can be on its way: a day at the bus, four in the queue, two weeks among those given up, and as
 * much again for whoever sends it anew.
 */
const MARK_KEPT_MS = 45 * 86_400_000;

const userItem = z.object({ schema: z.literal(1), firstUsedAtMs: z.int(), lastUsedAtMs: z.int(), callCount: z.int() });
const statsItem = z.object({
  schema: z.literal(1),
  callCount: z._default(z.int(), 0),
  toldCallCount: z._default(z.int(), 0),
});

export const dynamoUsageCounts = (client: TableClient, table: string): UsageCounts => {
  const find = async (Key: { readonly pk: string; readonly sk: string }) =>
    (await client.get({ TableName: table, Key, ConsistentRead: true })).Item;
  return {
    read: (accountId, models) =>
      Promise.all(
        models.map(async (model) => {
          const [user, stats] = await Promise.all([find(userKey(model, accountId)), find(statsKey(model))]);
          const { callCount, toldCallCount } = statsItem.parse(stats ?? { schema: 1 });
          return { model, user: user && userItem.parse(user), callCount, toldCallCount };
        }),
      ),

    count: async (event) => {
      const users = event.counts.map((count) => addUser(table, event.accountId, count));
      const stats = event.counts.map((count) => addStats(table, count, event.nowMs));
      const told = event.counts.flatMap((count) => tell(table, event, count));
      const refused = await transact(client, [markOf(table, event), ...users, ...stats, ...told]);
      if (refused === undefined) return 'counted';
      return refused === 0 ? 'known' : 'changed';
    },
  };
};

const markOf = (table: string, { eventId, nowMs }: CountedEvent): WriteItem =>
  putNew(table, {
    pk: `counted#${eventId}`,
    sk: 'mark',
    schema: 1,
    expiresAt: Math.floor((nowMs + MARK_KEPT_MS) / 1000),
  });

/** Over what was read, and nothing else: whether it is new decides what the model's sums get. */
const addUser = (table: string, accountId: string, { model, calls, before, after }: UsageCount): WriteItem => ({
  Update: {
    TableName: table,
    Key: userKey(model, accountId),
    UpdateExpression: 'SET #schema = :schema, firstUsedAtMs = :first, lastUsedAtMs = :last ADD callCount :calls',
    ConditionExpression: before
      ? 'firstUsedAtMs = :firstBefore AND lastUsedAtMs = :lastBefore'
      : 'attribute_not_exists(pk)',
    ExpressionAttributeNames: { '#schema': 'schema' },
    ExpressionAttributeValues: {
      ':schema': 1,
      ':first': after.firstUsedAtMs,
      ':last': after.lastUsedAtMs,
      ':calls': calls,
      ...(before ? { ':firstBefore': before.firstUsedAtMs, ':lastBefore': before.lastUsedAtMs } : {}),
    },
  },
});

const addStats = (table: string, { model, calls, before, told }: UsageCount, nowMs: number): WriteItem => ({
  Update: {
    TableName: table,
    Key: statsKey(model),
    UpdateExpression: `SET #schema = :schema, updatedAtMs = :now${told === undefined ? '' : ', toldCallCount = :told'} ADD callCount :calls, callerCount :callers`,
    ExpressionAttributeNames: { '#schema': 'schema' },
    ExpressionAttributeValues: {
      ':schema': 1,
      ':now': nowMs,
      ':calls': calls,
      ':callers': before ? 0 : 1,
      ...(told === undefined ? {} : { ':told': told }),
    },
  },
});

const tell = (table: string, { owners, nowMs }: CountedEvent, { model, told: callCount }: UsageCount): WriteItem[] => {
  const accountId = owners.get(model);
  if (callCount === undefined || accountId === undefined) return [];
  const data: z.output<typeof modelStatsChangedData> = { model, callCount };
  const event = { source: 'aimass.registry', type: 'ModelStatsChanged.v1', accountId, subject: model, data } as const;
  return [putNew(table, outboxItem(event, nowMs))];
};

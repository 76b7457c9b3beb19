// Models by the hundred: those that a search found, those of an account, and what else is known of them.
import type { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { describeModel } from '../domain/search/describe-model.ts';
import type { ModelDirectory } from '../ports/search.ts';
import type { ModelStats } from '../ports/stats.ts';
import type { Model } from '../ports.ts';
import { countItem, totalKey } from './dynamo-downloads.ts';
import { modelItem, modelKey, versionItem, versionKey } from './items.ts';
import { statsItem, statsKey } from './stats-item.ts';

/** What DynamoDB reads at once. */
const BATCH = 100;
/** Own models that are looked through, whatever they are. */
const OWN_PAGE = 1_000;
const OWN_PAGES = 10;
const TRIES = 8;
const FIRST_WAIT_MS = 20;

type Key = { readonly pk: string; readonly sk: string };
type Client = Pick<DynamoDBDocument, 'batchGet' | 'query'>;

const tableKey = z.object({ pk: z.string(), sk: z.string() });
const idOf = ({ pk, sk }: Key) => `${pk} ${sk}`;

export const dynamoDirectory = (client: Client, table: string): ModelDirectory => {
  const readBatch = async (keys: readonly Key[], found: Map<string, Record<string, unknown>>) => {
    let missing: Record<string, unknown>[] = [...keys];
    for (let tries = 0; missing.length > 0; tries++) {
      if (tries === TRIES) throw new Error(`DynamoDB left ${missing.length} items unread ${TRIES} times`);
      if (tries > 0) await new Promise((wake) => setTimeout(wake, Math.random() * FIRST_WAIT_MS * 2 ** tries));
      const { Responses, UnprocessedKeys } = await client.batchGet({
        RequestItems: { [table]: { Keys: missing, ConsistentRead: true } },
      });
      for (const item of Responses?.[table] ?? []) found.set(idOf(tableKey.parse(item)), item);
      missing = UnprocessedKeys?.[table]?.Keys ?? [];
    }
  };
  const readAll = async (keys: readonly Key[]): Promise<ReadonlyMap<string, Record<string, unknown>>> => {
    const found = new Map<string, Record<string, unknown>>();
    const starts = Array.from({ length: Math.ceil(keys.length / BATCH) }, (_, index) => index * BATCH);
    await Promise.all(starts.map((from) => readBatch(keys.slice(from, from + BATCH), found)));
    return found;
  };

  return {
    findMany: async (names) => {
      const items = await readAll(names.map(modelKey));
      const models = new Map<string, Model>();
      for (const item of items.values()) {
        const model = modelItem.parse(item);
        models.set(model.name, model);
      }
      return models;
    },

    statsOf: async (names) => {
      const items = await readAll(names.flatMap((name) => [statsKey(name), totalKey(name)]));
      const stats = new Map<string, ModelStats>();
      for (const name of names) {
        const sums = items.get(idOf(statsKey(name)));
        const total = items.get(idOf(totalKey(name)));
        if (!sums && !total) continue;
        const downloadCount = total ? countItem.parse(total).downloadCount : 0;
        stats.set(name, { ...statsItem.parse(sums ?? { schema: 1 }), downloadCount });
      }
      return stats;
    },

    owned: async ({ accountId, limit, changedSinceMs }) => {
      const models: Model[] = [];
      let from: Record<string, unknown> | undefined;
      for (let pages = 0; pages < OWN_PAGES && models.length < limit; pages++) {
        const { Items = [], LastEvaluatedKey } = await client.query({
          TableName: table,
          IndexName: 'gsi2',
          KeyConditionExpression: 'gsi2pk = :account',
          // What is in the catalogue has a key there.
          FilterExpression: 'sk = :model AND (attribute_not_exists(gsi1pk) OR updatedAtMs >= :since)',
          ExpressionAttributeValues: { ':account': accountId, ':model': 'model', ':since': changedSinceMs },
          Limit: OWN_PAGE,
          ...(from ? { ExclusiveStartKey: from } : {}),
        });
        for (const item of Items) if (models.length < limit) models.push(modelItem.parse(item));
        from = LastEvaluatedKey;
        if (!from) break;
      }
      return models;
    },

    describe: async (models, atMs) => {
      const latestOf = ({ name, latestVersion }: Model) =>
        latestVersion === undefined ? undefined : versionKey(name, latestVersion);
      const items = await readAll(models.flatMap((model) => [latestOf(model) ?? [], statsKey(model.name)].flat()));
      return models.map((model) => {
        const key = latestOf(model);
        const version = key && items.get(idOf(key));
        const stats = items.get(idOf(statsKey(model.name)));
        const details = {
          version: version && versionItem.parse(version),
          stats: stats && statsItem.parse(stats),
        };
        return describeModel(model, details, atMs);
      });
    },
  };
};

// How versions fared when they were run: one item each, in a partition of its own, which is all of the registry's table
// that the function answering calls may write, but for the outbox.
import * as z from 'zod/mini';
import type { TableClient } from '../../shared/platform/table-client.ts';
import { transact } from '../../shared/platform/transact.ts';
import { failureKinds, versionBlockedData, versionQuarantinedData, versionReleasedData } from '../contract.ts';
import { countOf, QUARANTINE_REASON, type VersionHealth } from '../domain/version-health.ts';
import { sortKeyOf } from '../domain/version-order.ts';
import { PLATFORM } from '../ports/act.ts';
import type { HealthStore } from '../ports.ts';
import { type ToldChange, toldChange } from './told-change.ts';
import { putNew, putNext, type WriteItem } from './writes.ts';

const healthItem = z.pipe(
  z.object({
    schema: z.literal(1),
    model: z.string(),
    version: z.string(),
    ownerAccountId: z.string(),
    failures: z.array(z.object({ kind: z.enum(failureKinds), atMs: z.int() })),
    quarantinedAtMs: z.optional(z.int()),
    blocked: z.optional(z.object({ rule: z.string(), message: z.string(), scanner: z.string() })),
    releaseCount: z.int(),
    revision: z.int(),
  }),
  z.transform(({ schema: _, quarantinedAtMs, ...rest }): VersionHealth => ({ ...rest, quarantinedAtMs })),
);

const keyOf = (model: string, version: string) => ({ pk: `health#${model}`, sk: `version#${sortKeyOf(version)}` });

export const dynamoHealth = (client: TableClient, table: string): HealthStore => {
  const find = async (model: string, version: string) => {
    const { Item } = await client.get({ TableName: table, Key: keyOf(model, version), ConsistentRead: true });
    return Item ? healthItem.parse(Item) : undefined;
  };
  const write = async (health: VersionHealth, told: readonly WriteItem[]) => {
    const item = { ...keyOf(health.model, health.version), schema: 1, ...health };
    const put = health.revision === 1 ? putNew(table, item) : putNext(table, item);
    return (await transact(client, [put, ...told])) === undefined;
  };
  const tell = (health: VersionHealth, told: Pick<ToldChange, 'type' | 'act' | 'data'>, nowMs: number) => {
    const { model, version, ownerAccountId: accountId } = health;
    return toldChange(table, { ...told, accountId, model, version }, nowMs);
  };
  return {
    find,

    list: async (model) => {
      const found: VersionHealth[] = [];
      let from: Record<string, unknown> | undefined;
      do {
        const page = await client.query({
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': keyOf(model, '0.0.0').pk },
          ...(from ? { ExclusiveStartKey: from } : {}),
        });
        found.push(...(page.Items ?? []).map((item) => healthItem.parse(item)));
        from = page.LastEvaluatedKey;
      } while (from);
      return found;
    },

    fail: (health, nowMs) => {
      if (health.quarantinedAtMs === undefined) return write(health, []);
      const { model, version } = health;
      const counts = { crashed: countOf(health, 'crashed'), timedOut: countOf(health, 'timed_out') };
      const data = versionQuarantinedData.parse({ model, version, ...counts, reason: QUARANTINE_REASON });
      return write(health, tell(health, { type: 'VersionQuarantined.v1', act: { by: PLATFORM }, data }, nowMs));
    },

    block: (health, blocked, nowMs) => {
      const { model, version } = health;
      const data = versionBlockedData.parse({ model, version, ...blocked });
      return write(health, tell(health, { type: 'VersionBlocked.v1', act: { by: PLATFORM }, data }, nowMs));
    },

    release: (health, act, nowMs) => {
      const { model, version } = health;
      const by = act.by.kind === 'operator' ? 'operator' : 'publisher';
      const data = versionReleasedData.parse({ model, version, by, reason: act.reason });
      return write(health, tell(health, { type: 'VersionReleased.v1', act, data }, nowMs));
    },
  };
};

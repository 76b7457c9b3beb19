// The end of versions and models in DynamoDB: each step with what the clock has to do next, its event and its entry of
// the history, in one transaction.
import * as z from 'zod/mini';
import { outboxItem } from '../../shared/platform/events.ts';
import type { TableClient } from '../../shared/platform/table-client.ts';
import { transact } from '../../shared/platform/transact.ts';
import { dueOf } from '../domain/due-of.ts';
import { sortKeyOf } from '../domain/version-order.ts';
import { isCallable } from '../domain/version-state.ts';
import {
  modelDeletedData,
  subscriptionEndData,
  versionDeprecatedData,
  versionPurgedData,
  versionRetiredData,
  versionUndeprecatedData,
} from '../event-data.ts';
import type { LifeStore, Receipt, Transition } from '../ports/life.ts';
import type { Version } from '../ports.ts';
import { changeDue, DUE, dueItem, dueKey, putDue } from './due-items.ts';
import { putAlias } from './dynamo-aliases.ts';
import { publishedKey, retirementItem, toModelItem, toVersionItem, versionItem, versionKey } from './items.ts';
import { toldChange } from './told-change.ts';
import { put, putNew, putNext, remove, removeThere, type WriteItem } from './writes.ts';

const DUE_PAGE = 100;

const receiptItem = z.pipe(
  z.object({
    schema: z.literal(1),
    model: z.string(),
    version: z.string(),
    retirement: retirementItem,
    purgedAtMs: z.int(),
    objects: z.array(
      z.object({
        kind: z.string(),
        sha256: z.string(),
        sizeBytes: z.optional(z.int()),
        outcome: z.enum(['deleted', 'kept']),
      }),
    ),
  }),
  z.transform(({ schema: _, ...rest }): Receipt => rest),
);

const receiptKey = (model: string, version: string) => ({
  pk: versionKey(model, version).pk,
  sk: `receipt#${sortKeyOf(version)}`,
});

export const dynamoLife = (client: TableClient, table: string): LifeStore => {
  const write = async (writes: readonly WriteItem[]) => (await transact(client, [...writes])) === undefined;

  /** The version, whether it may be called, and what is due of it; then what tells of it. */
  const step = ({ before, version, act }: Transition, type: string, data: object): WriteItem[] => {
    const { model, version: name, ownerAccountId: accountId, state: to, updatedAtMs } = version;
    const marker = publishedKey(model, name);
    const sunsetAtMs = version.deprecation?.sunsetAtMs;
    return [
      putNext(table, toVersionItem(version)),
      isCallable(to)
        ? put(table, { ...marker, schema: 1, version: name, ...(sunsetAtMs === undefined ? {} : { sunsetAtMs }) })
        : remove(table, marker),
      ...changeDue(table, dueOf(before), dueOf(version)),
      ...toldChange(table, { type, accountId, model, version: name, act, from: before.state, to, data }, updatedAtMs),
    ];
  };
  const nameOf = ({ model, version }: Version) => ({ model, version });

  return {
    deprecate: (change) => {
      const { version, act } = change;
      const { sunsetAtMs = 0, successor } = version.deprecation ?? {};
      const sunsetAt = new Date(sunsetAtMs).toISOString();
      const data = versionDeprecatedData.parse({ ...nameOf(version), sunsetAt, successor, reason: act.reason });
      return write([...step(change, 'VersionDeprecated.v1', data), putNext(table, toModelItem(change.model))]);
    },

    undeprecate: (change) =>
      write(step(change, 'VersionUndeprecated.v1', versionUndeprecatedData.parse(nameOf(change.version)))),

    retire: (change) => {
      const { version, model, latest } = change;
      const { successor, reason, rule } = version.retirement ?? {};
      const data = versionRetiredData.parse({ ...nameOf(version), successor, reason, rule });
      return write([
        ...step(change, 'VersionRetired.v1', data),
        putNext(table, toModelItem(model)),
        // Alias `latest` changes with the model's revision only, which this transaction holds.
        ...(latest ? [putAlias(table, latest)] : []),
      ]);
    },

    purge: (change) => {
      const { version, receipt } = change;
      const deleted = receipt.objects.filter(({ outcome }) => outcome === 'deleted');
      const data = versionPurgedData.parse({
        ...nameOf(version),
        deletedObjects: deleted.length,
        deletedBytes: deleted.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0),
      });
      return write([
        ...step(change, 'VersionPurged.v1', data),
        putNew(table, { ...receiptKey(version.model, version.version), schema: 1, ...receipt }),
      ]);
    },

    withdraw: ({ model, act }) => {
      const { name, ownerAccountId: accountId, updatedAtMs } = model;
      const data = modelDeletedData.parse({ model: name, reason: act.reason });
      return write([
        putNext(table, toModelItem(model)),
        putDue(table, { atMs: updatedAtMs, model: name, kind: 'withdrawal' }),
        ...toldChange(table, { type: 'ModelDeleted.v1', accountId, model: name, act, data }, updatedAtMs),
      ]);
    },

    due: async (untilMs, after) => {
      const page = await client.query({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND sk < :until',
        ExpressionAttributeValues: { ':pk': DUE, ':until': String(untilMs + 1).padStart(15, '0') },
        Limit: DUE_PAGE,
        ...(after ? { ExclusiveStartKey: dueKey(after) } : {}),
      });
      return (page.Items ?? []).map((item) => dueItem.parse(item));
    },

    endWithdrawal: async (item) => {
      await client.delete({ TableName: table, Key: dueKey(item) });
    },

    postponeWithdrawal: async (item, atMs) => {
      await write([removeThere(table, dueKey(item)), putDue(table, { ...item, atMs })]);
    },

    endSubscription: async (item, nowMs) => {
      const { model, atMs, subscription } = item;
      if (!subscription) throw new Error(`an end of a subscription must name it: ${dueKey(item).sk}`);
      const { accountId, ...ids } = subscription;
      const endsAt = new Date(atMs).toISOString();
      const data = subscriptionEndData.parse({ model, account: accountId, party: 'consumer', ...ids, endsAt });
      const event = {
        source: 'aimass.registry',
        type: 'SubscriptionEnded.v1',
        accountId,
        subject: model,
        data,
      } as const;
      return write([removeThere(table, dueKey(item)), putNew(table, outboxItem(event, nowMs))]);
    },

    receipt: async (model, version) => {
      const Key = receiptKey(model, version);
      const { Item } = await client.get({ TableName: table, Key, ConsistentRead: true });
      return Item ? receiptItem.parse(Item) : undefined;
    },

    async *versionsOf(model) {
      const { pk, sk } = versionKey(model, '0.0.0');
      let from: Record<string, unknown> | undefined;
      do {
        const page = await client.query({
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :kind)',
          ExpressionAttributeValues: { ':pk': pk, ':kind': sk.slice(0, sk.indexOf('#') + 1) },
          ...(from ? { ExclusiveStartKey: from } : {}),
        });
        for (const item of page.Items ?? []) yield versionItem.parse(item);
        from = page.LastEvaluatedKey;
      } while (from);
    },
  };
};

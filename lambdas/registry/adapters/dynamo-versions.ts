// Versions in DynamoDB, each change of state with its event in one transaction.
import type { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { outboxItem } from '../../shared/platform/events.ts';
import { transact } from '../../shared/platform/transact.ts';
import { modelPublishedData, versionCompletedData, versionRejectedData, versionValidatedData } from '../contract.ts';
import type { PublishedStore, Version, VersionStore } from '../ports.ts';
import { VERSION_LIMIT } from '../wire.ts';
import { createOnce } from './create-once.ts';
import {
  countKey,
  publishedItem,
  publishedKey,
  toAliasItem,
  toModelItem,
  toVersionItem,
  versionItem,
  versionKey,
} from './items.ts';
import { put, putNew, putNext, type WriteItem } from './writes.ts';

export const dynamoVersions = (client: DynamoDBDocument, table: string): VersionStore => {
  const find = async (model: string, version: string) => {
    const { Item } = await client.get({ TableName: table, Key: versionKey(model, version), ConsistentRead: true });
    return Item ? versionItem.parse(Item) : undefined;
  };
  const write = async (writes: readonly WriteItem[]) => (await transact(client, [...writes])) === undefined;

  return {
    find,

    create: async ({ version, idempotency, nowMs }) => {
      const writes = [putNew(table, toVersionItem(version)), countUp(table, version.model)];
      const made = await createOnce(client, table, { accountId: version.ownerAccountId, idempotency, nowMs, writes });
      if (made.outcome === 'refused') return { outcome: made.index === 0 ? 'exists' : 'limit' };
      if (made.outcome !== 'replay') return { outcome: made.outcome };
      const earlier = await find(version.model, version.version);
      if (!earlier) throw new Error(`the version that a claim made is gone: ${version.model} ${version.version}`);
      return { outcome: 'replay', made: earlier };
    },

    list: async ({ model, publishedOnly, limit, after }) => {
      const keyOf = publishedOnly ? publishedKey : versionKey;
      const { pk, sk } = keyOf(model, '0.0.0');
      const page = await client.query({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :kind)',
        ExpressionAttributeValues: { ':pk': pk, ':kind': sk.slice(0, sk.indexOf('#') + 1) },
        ScanIndexForward: false,
        // One more than asked for tells whether there is a next page.
        Limit: limit + 1,
        ...(after === undefined ? {} : { ExclusiveStartKey: keyOf(model, after) }),
      });
      const found = page.Items ?? [];
      const shown = found.slice(0, limit);
      const items = publishedOnly
        ? await Promise.all(shown.map(async (item) => required(await find(model, publishedItem.parse(item).version))))
        : shown.map((item) => versionItem.parse(item));
      const more = found.length > limit || page.LastEvaluatedKey !== undefined;
      return { items, last: more ? items.at(-1)?.version : undefined };
    },

    renew: (version) => write([putNext(table, toVersionItem(version))]),

    complete: (version) => {
      const data = versionCompletedData.parse({ model: version.model, version: version.version });
      return write([putNext(table, toVersionItem(version)), event(table, version, 'VersionCompleted.v1', data)]);
    },

    settle: (version) => write([putNext(table, toVersionItem(version)), settledEvent(table, version)]),

    publish: ({ version, model, latest }) => {
      const { visibility } = model;
      const name = { model: model.name, version: version.version };
      const data = modelPublishedData.parse({ ...name, visibility, latest: latest !== undefined });
      return write([
        putNext(table, toVersionItem(version)),
        putNext(table, toModelItem(model)),
        putNew(table, { ...publishedKey(name.model, name.version), schema: 1, version: name.version }),
        // Aliases follow the model's revision, which this transaction holds.
        ...(latest ? [put(table, toAliasItem(latest))] : []),
        event(table, version, 'ModelPublished.v1', data),
      ]);
    },
  };
};

export const dynamoPublished = (client: DynamoDBDocument, table: string): PublishedStore => ({
  find: async (model, name) => {
    const { Item } = await client.get({ TableName: table, Key: versionKey(model, name), ConsistentRead: true });
    const version = Item && versionItem.parse(Item);
    return version?.state === 'published' ? version : undefined;
  },

  names: async (model) => {
    const { pk, sk } = publishedKey(model, '0.0.0');
    const names: string[] = [];
    let from: Record<string, unknown> | undefined;
    do {
      const page = await client.query({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :kind)',
        ExpressionAttributeValues: { ':pk': pk, ':kind': sk.slice(0, sk.indexOf('#') + 1) },
        ScanIndexForward: false,
        ...(from ? { ExclusiveStartKey: from } : {}),
      });
      names.push(...(page.Items ?? []).map((item) => publishedItem.parse(item).version));
      from = page.LastEvaluatedKey;
    } while (from);
    return names;
  },
});

const required = <T>(item: T | undefined): T => {
  if (item === undefined) throw new Error('a published version must be there');
  return item;
};

const countUp = (table: string, model: string): WriteItem => ({
  Update: {
    TableName: table,
    Key: countKey(model),
    UpdateExpression: 'ADD versionCount :one',
    ConditionExpression: 'attribute_not_exists(pk) OR versionCount < :limit',
    ExpressionAttributeValues: { ':one': 1, ':limit': VERSION_LIMIT },
  },
});

const event = (table: string, version: Version, type: string, data: unknown): WriteItem => {
  const accountId = version.ownerAccountId;
  const item = outboxItem(
    { source: 'aimass.registry', type, accountId, subject: version.model, data },
    version.updatedAtMs,
  );
  return putNew(table, item);
};

const settledEvent = (table: string, version: Version): WriteItem => {
  const name = { model: version.model, version: version.version };
  if (version.validated) {
    const { artifact, lane } = version.validated;
    const data = versionValidatedData.parse({ ...name, artifactSha256: artifact.sha256, lane });
    return event(table, version, 'VersionValidated.v1', data);
  }
  const data = versionRejectedData.parse({ ...name, rule: version.rejection?.rule });
  return event(table, version, 'VersionRejected.v1', data);
};

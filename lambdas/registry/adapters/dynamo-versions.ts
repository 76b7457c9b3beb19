// Versions in DynamoDB, each change of state with its event in one transaction.

import type { TableClient } from '../../shared/platform/table-client.ts';
import { transact } from '../../shared/platform/transact.ts';
import {
  modelPublishedData,
  type VersionState,
  versionCompletedData,
  versionCreatedData,
  versionRejectedData,
  versionValidatedData,
} from '../contract.ts';
import { PLATFORM } from '../ports/act.ts';
import type { CallableVersion, PublishedStore, Version, VersionStore } from '../ports.ts';
import { VERSION_LIMIT } from '../terms.ts';
import { createOnce } from './create-once.ts';
import { putAlias } from './dynamo-aliases.ts';
import { countKey, publishedItem, publishedKey, toModelItem, toVersionItem, versionItem, versionKey } from './items.ts';
import { type ToldChange, toldChange } from './told-change.ts';
import { putNew, putNext, type WriteItem } from './writes.ts';

export const dynamoVersions = (client: TableClient, table: string): VersionStore => {
  const find = async (model: string, version: string) => {
    const { Item } = await client.get({ TableName: table, Key: versionKey(model, version), ConsistentRead: true });
    return Item ? versionItem.parse(Item) : undefined;
  };
  const write = async (writes: readonly WriteItem[]) => (await transact(client, [...writes])) === undefined;

  return {
    find,

    create: async ({ version, idempotency, act, nowMs }) => {
      const data = versionCreatedData.parse({ model: version.model, version: version.version });
      const told = tell(table, version, { type: 'VersionCreated.v1', act, data });
      const writes = [putNew(table, toVersionItem(version)), countUp(table, version.model), ...told];
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

    complete: (version, act) => {
      const data = versionCompletedData.parse({ model: version.model, version: version.version });
      const told = tell(table, version, { type: 'VersionCompleted.v1', act, from: 'draft', data });
      return write([putNext(table, toVersionItem(version)), ...told]);
    },

    settle: (version) => write([putNext(table, toVersionItem(version)), ...tellSettled(table, version)]),

    publish: ({ version, model, latest, act }) => {
      const { visibility } = model;
      const name = { model: model.name, version: version.version };
      const data = modelPublishedData.parse({ ...name, visibility, latest: latest !== undefined });
      return write([
        putNext(table, toVersionItem(version)),
        putNext(table, toModelItem(model)),
        putNew(table, { ...publishedKey(name.model, name.version), schema: 1, version: name.version }),
        ...(latest ? [putAlias(table, latest)] : []),
        ...tell(table, version, { type: 'ModelPublished.v1', act, from: 'validated', data }),
      ]);
    },
  };
};

export const dynamoPublished = (client: TableClient, table: string): PublishedStore => ({
  find: async (model, name) => {
    const { Item } = await client.get({ TableName: table, Key: versionKey(model, name), ConsistentRead: true });
    const version = Item && versionItem.parse(Item);
    return version?.publishedAtMs === undefined ? undefined : version;
  },

  list: (model) => listCallable(client, table, model),
  names: async (model) => (await listCallable(client, table, model)).map(({ version }) => version),
});

const listCallable = async (client: TableClient, table: string, model: string): Promise<CallableVersion[]> => {
  const { pk, sk } = publishedKey(model, '0.0.0');
  const found: CallableVersion[] = [];
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
    for (const item of page.Items ?? []) {
      const { version, sunsetAtMs } = publishedItem.parse(item);
      found.push({ version, sunsetAtMs });
    }
    from = page.LastEvaluatedKey;
  } while (from);
  return found;
};

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

type Told = Pick<ToldChange, 'type' | 'act' | 'data'> & { readonly from?: VersionState };

const tell = (table: string, version: Version, told: Told): WriteItem[] => {
  const { model, version: name, ownerAccountId: accountId, state: to, updatedAtMs } = version;
  return toldChange(table, { ...told, accountId, model, version: name, to }, updatedAtMs);
};

const tellSettled = (table: string, version: Version): WriteItem[] => {
  const name = { model: version.model, version: version.version };
  const settled = { act: { by: PLATFORM }, from: 'scanning' } as const;
  if (version.validated) {
    const { artifact, lane } = version.validated;
    const data = versionValidatedData.parse({ ...name, artifactSha256: artifact.sha256, lane });
    return tell(table, version, { ...settled, type: 'VersionValidated.v1', data });
  }
  const data = versionRejectedData.parse({ ...name, rule: version.rejection?.rule });
  return tell(table, version, { ...settled, type: 'VersionRejected.v1', data });
};

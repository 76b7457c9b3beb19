// All that a refused write could have changed: the items of every table, and the objects in every bucket.
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListBucketsCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { clientConfig } from '../../../local/ministack.ts';
import type { Cloud } from '../../support/cloud.ts';

/** Where something lies → what it is. */
export type Snapshot = ReadonlyMap<string, string>;

type Item = Readonly<Record<string, unknown>>;

/**
 * What of an item counts, undefined: nothing. Events on their way, leases of limits, what billing derives by its schedule,
 * what the registry counts and finds by it, and what comes of calling webhooks change by themselves; all else changes by
 * what callers do.
 */
const shown = (table: string, item: Item): Item | undefined => {
  const pk = String(item.pk);
  if (/^(outbox|lease)#/.test(pk)) return undefined;
  if (table.endsWith('-governance')) {
    const { failingSinceMs: _, revision: __, updatedAtMs: ___, ...rest } = item;
    return pk.startsWith('whk_') ? undefined : rest;
  }
  if (table.endsWith('-registry')) return shownOfRegistry(pk, item);
  if (!table.endsWith('-billing')) return item;
  if (item.sk === 'wallet') return { avail: item.avail, creditLimit: item.creditLimit };
  return /^acc_\w+#(ledger|idem|\d[^#]*#\d+)$/.test(pk) ? item : undefined;
};

const shownOfRegistry = (pk: string, item: Item): Item | undefined => {
  // Of calls that were made before, minutes after they were.
  if (/^(counted|user)#/.test(pk)) return undefined;
  if (item.sk !== 'stats') return item;
  const ratings = Object.entries(item).filter(([name]) => /^(rating|stars)/.test(name));
  return ratings.length > 0 ? Object.fromEntries(ratings) : undefined;
};

const tableItems = async (client: DynamoDBDocument, table: string): Promise<[string, string][]> => {
  const items: [string, string][] = [];
  for (let start: Record<string, unknown> | undefined; ; ) {
    const page = await client.scan({ TableName: table, ConsistentRead: true, ExclusiveStartKey: start });
    for (const item of page.Items ?? []) {
      const counts = shown(table, item);
      if (counts) items.push([`${table} ${item.pk} ${item.sk}`, JSON.stringify(Object.entries(counts).sort())]);
    }
    start = page.LastEvaluatedKey;
    if (!start) return items;
  }
};

const objectsIn = async (client: S3Client, bucket: string): Promise<[string, string][]> => {
  const page = await client.send(new ListObjectVersionsCommand({ Bucket: bucket }));
  return (page.Versions ?? []).map(({ Key, VersionId, Size }) => [`${bucket} ${Key} ${VersionId}`, String(Size)]);
};

export const takeSnapshot = async (cloud: Cloud): Promise<Snapshot> => {
  const config = clientConfig({ port: cloud.state.emulatorPort });
  const dynamo = new DynamoDBClient(config);
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  const [{ TableNames = [] }, { Buckets = [] }] = await Promise.all([
    dynamo.send(new ListTablesCommand({})),
    s3.send(new ListBucketsCommand({})),
  ]);
  const client = DynamoDBDocument.from(dynamo, { unmarshallOptions: { wrapNumbers: true } });
  const parts = await Promise.all([
    ...TableNames.map((table) => tableItems(client, table)),
    // The search index follows what is told of models.
    ...Buckets.flatMap(({ Name = '' }) => (Name.includes('registrysearch') ? [] : objectsIn(s3, Name))),
  ]);
  return new Map(parts.flat());
};

/** @returns each thing that came, went or changed */
export const changesBetween = (before: Snapshot, after: Snapshot): string[] => [
  ...[...after].filter(([place]) => !before.has(place)).map(([place, thing]) => `came: ${place} ${thing}`),
  ...[...before].filter(([place]) => !after.has(place)).map(([place]) => `went: ${place}`),
  ...[...after]
    .filter(([place, thing]) => before.has(place) && before.get(place) !== thing)
    .map(([place, thing]) => `changed: ${place}\n  from ${before.get(place)}\n  to   ${thing}`),
];

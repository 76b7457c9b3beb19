// Downloads in DynamoDB: a mark for who has been counted on a day and the counts, in one transaction; and where not
// everybody may fetch the file, that the account did.
import * as z from 'zod/mini';
import { DomainError } from '../../shared/kernel/errors.ts';
import type { TableClient } from '../../shared/platform/table-client.ts';
import { transact } from '../../shared/platform/transact.ts';
import { sortKeyOf } from '../domain/version-order.ts';
import type { Download, DownloadCounts } from '../ports/downloads.ts';
import { putNew, type WriteItem } from './writes.ts';

const DAY_MS = 86_400_000;
/** A mark is of no use once its day is over; the table's TTL deletes late. */
const MARK_KEPT_MS = 2 * DAY_MS;

export const countItem = z.object({ schema: z.literal(1), downloadCount: z.int() });

const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
const pkOf = (model: string) => `downloads#${model}`;
const dayKey = (model: string, day: string) => ({ pk: pkOf(model), sk: `day#${day}` });
export const totalKey = (model: string) => ({ pk: pkOf(model), sk: 'total' });
export const downloaderKey = (model: string, accountId: string) => ({ pk: pkOf(model), sk: `by#${accountId}` });

/** Marks that an environment remembers; then it forgets them all. */
const KNOWN_LIMIT = 10_000;

/**
 * A file is fetched far oftener than it counts, by many at once where a client fetches a whole model, and transactions on
 * the same counts get in one another's way: so one is begun only where nobody has seen the mark.
 * @param onUncounted - others were counting the same all the time
 */
export const dynamoDownloads = (
  client: TableClient,
  table: string,
  onUncounted: (download: Download) => void,
): DownloadCounts => {
  const known = new Set<string>();

  const isMarked = async (Key: Record<string, unknown>) =>
    (await client.get({ TableName: table, Key, ProjectionExpression: 'pk' })).Item !== undefined;

  /** @returns whether it is counted now, by whomever */
  const countNew = async (download: Download): Promise<boolean> => {
    const { model, nowMs } = download;
    const counts = [dayKey(model, dayOf(nowMs)), totalKey(model)];
    try {
      // Refused where the mark is there already: then all is counted that is to be.
      await transact(client, [markOf(table, download), ...counts.map((key) => countUp(table, key))]);
      return true;
    } catch (fault) {
      if (fault instanceof DomainError && fault.kind === 'unavailable') return false;
      throw fault;
    }
  };

  return {
    count: async (download) => {
      const mark = markKey(download);
      const id = `${mark.pk} ${mark.sk} ${download.isUse === true}`;
      if (known.has(id)) return;
      if (download.isUse) await client.update(keepDownloader(table, download));
      if (!(await isMarked(mark)) && !(await countNew(download))) return onUncounted(download);
      if (known.size === KNOWN_LIMIT) known.clear();
      known.add(id);
    },

    since: async (model, fromDay) => {
      let sum = 0;
      let from: Record<string, unknown> | undefined;
      do {
        const page = await client.query({
          TableName: table,
          KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
          ExpressionAttributeValues: {
            ':pk': pkOf(model),
            ':from': dayKey(model, fromDay).sk,
            ':to': dayKey(model, '~').sk,
          },
          ...(from ? { ExclusiveStartKey: from } : {}),
        });
        for (const item of page.Items ?? []) sum += countItem.parse(item).downloadCount;
        from = page.LastEvaluatedKey;
      } while (from);
      return sum;
    },

    total: async (model) => {
      const { Item } = await client.get({ TableName: table, Key: totalKey(model) });
      return Item ? countItem.parse(Item).downloadCount : 0;
    },
  };
};

const markKey = ({ model, version, countedAs, nowMs }: Download) => ({
  pk: pkOf(model),
  sk: `mark#${dayOf(nowMs)}#${sortKeyOf(version)}#${countedAs}`,
});

const markOf = (table: string, download: Download): WriteItem =>
  putNew(table, {
    ...markKey(download),
    schema: 1,
    expiresAt: Math.floor((download.nowMs + MARK_KEPT_MS) / 1000),
  });

const countUp = (table: string, key: { readonly pk: string; readonly sk: string }): WriteItem => ({
  Update: {
    TableName: table,
    Key: key,
    UpdateExpression: 'SET #schema = :schema ADD downloadCount :one',
    ExpressionAttributeNames: { '#schema': 'schema' },
    ExpressionAttributeValues: { ':schema': 1, ':one': 1 },
  },
});

const keepDownloader = (table: string, { model, countedAs, nowMs }: Download) => ({
  TableName: table,
  Key: downloaderKey(model, countedAs),
  UpdateExpression: 'SET #schema = :schema, firstAtMs = if_not_exists(firstAtMs, :now)',
  ExpressionAttributeNames: { '#schema': 'schema' },
  ExpressionAttributeValues: { ':schema': 1, ':now': nowMs },
});

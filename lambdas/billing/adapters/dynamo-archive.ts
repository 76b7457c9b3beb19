// Where in the archive the events of a day lie, and which months are to be archived.

import * as z from 'zod';
import { microsAttribute } from '../../shared/platform/attributes.ts';
import { isNamed, type TableClient } from '../../shared/platform/table-client.ts';
import type { ArchivedDay } from '../domain/kept.ts';
import type { ArchiveStore } from '../ports.ts';
import { ARCHIVE_QUEUE, archivePartition, monthsPartition } from './table-keys.ts';

const count = z.number().int().min(0);

const storedDay = z.object({
  day: z.string(),
  key: z.string(),
  versionId: z.string(),
  sha256: z.string(),
  byteCount: count,
  eventCount: count,
  amountMicros: microsAttribute,
  emptied: z.boolean(),
});

const storedMonth = z.object({ accountId: z.string(), month: z.string() });

export const dynamoArchive = (client: TableClient, table: string): ArchiveStore => {
  const find = async (accountId: string, day: string): Promise<ArchivedDay | undefined> => {
    const Key = { pk: archivePartition(accountId), sk: day };
    const { Item } = await client.get({ TableName: table, Key, ConsistentRead: true });
    return Item && storedDay.parse(Item);
  };
  return {
    find,
    record: async (accountId, archived) => {
      try {
        await client.put({
          TableName: table,
          Item: { pk: archivePartition(accountId), sk: archived.day, schema: 1, accountId, ...archived },
          ConditionExpression: 'attribute_not_exists(sk)',
        });
        return archived;
      } catch (fault) {
        const known = isNamed(fault, 'ConditionalCheckFailedException') && (await find(accountId, archived.day));
        if (known) return known;
        throw fault;
      }
    },
    setEmptied: async (accountId, day) => {
      await client.update({
        TableName: table,
        Key: { pk: archivePartition(accountId), sk: day },
        UpdateExpression: 'SET emptied = :yes',
        ExpressionAttributeValues: { ':yes': true },
      });
    },
    due: async (before, limit) => {
      const { Items = [] } = await client.query({
        TableName: table,
        IndexName: 'gsi1',
        KeyConditionExpression: 'gsi1pk = :pk AND gsi1sk < :before',
        ExpressionAttributeValues: { ':pk': ARCHIVE_QUEUE, ':before': before },
        Limit: limit,
      });
      return Items.map((item) => storedMonth.parse(item));
    },
    done: async (accountId, month) => {
      await client.update({
        TableName: table,
        Key: { pk: monthsPartition(accountId), sk: month },
        UpdateExpression: 'REMOVE gsi1pk, gsi1sk',
      });
    },
  };
};

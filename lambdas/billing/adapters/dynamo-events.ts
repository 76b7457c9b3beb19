// Usage events one by one, as the archive and the auditor read and delete them. The charge alone writes them.
import type { TableClient } from '../../shared/platform/table-client.ts';
import type { EventStore } from '../ports.ts';
import { queryAll } from './query-all.ts';
import { keptEvent } from './stored-event.ts';
import { eventPartition, eventPartitions } from './table-keys.ts';
import { writeAll } from './write-all.ts';

export const dynamoEvents = (client: TableClient, table: string): EventStore => ({
  ofMinute: async (accountId, minute) => {
    const shards = eventPartitions(accountId, minute).map((pk) =>
      queryAll(client, {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': pk },
      }),
    );
    const events = (await Promise.all(shards)).flat().map(keptEvent);
    return events.sort((a, b) => (a.id < b.id ? -1 : 1));
  },
  remove: async (events) => {
    const requests = events.map(({ accountId, minute, shard, id }) => ({
      DeleteRequest: { Key: { pk: eventPartition(accountId, minute, shard), sk: id } },
    }));
    await writeAll(client, table, requests);
  },
});

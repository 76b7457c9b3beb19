// Outboxes in the contexts' DynamoDB tables: partitions `outbox#<shard>`, sorted by event id, which is by time.

import { encodeTime } from 'ulidx';
import * as z from 'zod';
import { isId } from '../../shared/kernel/ids.ts';
import { OUTBOX_SHARDS, outboxKey } from '../../shared/platform/events.ts';
import type { TableClient } from '../../shared/platform/table-client.ts';
import type { OutboxEvent, Outboxes } from '../ports.ts';

const PAGE_ITEMS = 100;

const storedEvent = z
  .object({
    pk: z.string(),
    sk: z.string().refine((id) => isId('evt', id), 'must be evt_ and 26 characters'),
    schema: z.literal(1),
    source: z.string(),
    detailType: z.string(),
    detail: z.string(),
  })
  .transform(({ pk, sk, source, detailType, detail }) => ({ pk, id: sk, source, detailType, detail }));

/** An outbox item as it is stored. @throws ZodError when it is none */
export const toOutboxEvent = (table: string, item: unknown): OutboxEvent => ({ table, ...storedEvent.parse(item) });

/** @param onUnreadable - told of an item that is no event; it stays, and does not hold up the others */
export const dynamoOutboxes = (
  documents: TableClient,
  tables: readonly string[],
  onUnreadable: (where: string, fault: unknown) => void,
): Outboxes => {
  async function* shard(table: string, pk: string, beforeMs: number) {
    let from: Record<string, unknown> | undefined;
    do {
      const page = await documents.query({
        TableName: table,
        KeyConditionExpression: 'pk = :pk AND sk < :before',
        ExpressionAttributeValues: { ':pk': pk, ':before': `evt_${encodeTime(beforeMs, 10)}` },
        Limit: PAGE_ITEMS,
        ...(from ? { ExclusiveStartKey: from } : {}),
      });
      yield (page.Items ?? []).flatMap((item) => {
        try {
          return [toOutboxEvent(table, item)];
        } catch (fault) {
          onUnreadable(`${table} ${pk} ${String(item.sk)}`, fault);
          return [];
        }
      });
      from = page.LastEvaluatedKey;
    } while (from);
  }

  return {
    async *waitingSince(beforeMs) {
      for (const table of tables) {
        for (let index = 0; index < OUTBOX_SHARDS; index++) yield* shard(table, outboxKey(index), beforeMs);
      }
    },
    remove: async ({ table, pk, id }) => {
      await documents.delete({ TableName: table, Key: { pk, sk: id } });
    },
  };
};

// How far the scheduled audit is: one item.

import * as z from 'zod';
import type { TableClient } from '../../shared/platform/table-client.ts';
import type { AuditProgressStore } from '../ports.ts';
import { AUDIT_PROGRESS_KEY } from './table-keys.ts';

const storedProgress = z.object({
  startedAtMs: z.number(),
  finished: z.boolean(),
  after: z.object({ pk: z.string(), sk: z.string() }).optional(),
});

export const dynamoAuditProgress = (client: TableClient, table: string): AuditProgressStore => ({
  find: async () => {
    const { Item } = await client.get({ TableName: table, Key: AUDIT_PROGRESS_KEY, ConsistentRead: true });
    if (!Item) return undefined;
    const { startedAtMs, finished, after } = storedProgress.parse(Item);
    return { startedAtMs, finished, after };
  },
  set: async (progress) => {
    await client.put({ TableName: table, Item: { ...AUDIT_PROGRESS_KEY, schema: 1, ...progress } });
  },
});

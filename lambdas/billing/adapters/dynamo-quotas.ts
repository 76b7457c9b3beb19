// How many of a period's included calls were made. Counted up by the charge itself (dynamo-charge-store.ts).
import * as z from 'zod/mini';
import type { TableClient } from '../../shared/platform/table-client.ts';
import type { QuotaStore } from '../ports.ts';
import { quotaKey } from './table-keys.ts';

const quotaItem = z.object({ used: z.int() });

export const dynamoQuotas = (client: TableClient, table: string): QuotaStore => ({
  used: async (accountId, quota) => {
    const { Item } = await client.get({ TableName: table, Key: quotaKey(accountId, quota), ConsistentRead: true });
    return Item ? quotaItem.parse(Item).used : 0;
  },
});

// All pages of a query, in order.
import type { QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import type { TableClient } from '../../shared/platform/table-client.ts';

export const queryAll = async (client: TableClient, input: QueryCommandInput): Promise<Record<string, unknown>[]> => {
  const items: Record<string, unknown>[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await client.query({ ...input, ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}) });
    items.push(...(page.Items ?? []));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return items;
};

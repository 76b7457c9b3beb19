// All pages of a query, in order.
import type { DynamoDBDocument, QueryCommandInput } from '@aws-sdk/lib-dynamodb';

export const queryAll = async (
  client: DynamoDBDocument,
  input: QueryCommandInput,
): Promise<Record<string, unknown>[]> => {
  const items: Record<string, unknown>[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await client.query({ ...input, ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}) });
    items.push(...(page.Items ?? []));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return items;
};

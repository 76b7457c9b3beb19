// Puts and deletes of any number, in batches, each until nothing of it is left unprocessed.
import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import type { TableClient } from '../../shared/platform/table-client.ts';

const BATCH_ITEMS = 25;
const BATCH_TRIES = 6;

type Requests = NonNullable<BatchWriteCommandInput['RequestItems']>;

export const writeAll = async (
  client: TableClient,
  table: string,
  requests: readonly NonNullable<Requests[string]>[number][],
): Promise<void> => {
  for (let start = 0; start < requests.length; start += BATCH_ITEMS) {
    await writeBatch(client, { [table]: requests.slice(start, start + BATCH_ITEMS) });
  }
};

const writeBatch = async (client: TableClient, requests: Requests): Promise<void> => {
  let RequestItems = requests;
  for (let tryCount = 0; tryCount < BATCH_TRIES; tryCount++) {
    if (tryCount > 0) await sleep(25 * 2 ** tryCount);
    const { UnprocessedItems = {} } = await client.batchWrite({ RequestItems });
    if (Object.keys(UnprocessedItems).length === 0) return;
    RequestItems = UnprocessedItems;
  }
  throw new Error('items were left unprocessed');
};

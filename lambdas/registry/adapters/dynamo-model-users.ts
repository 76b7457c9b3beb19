// Who used a model, in DynamoDB: an item of who called it, which the function that counts calls writes, and one of who
// fetched a file that not everybody may fetch (dynamo-downloads.ts).
import * as z from 'zod/mini';
import type { TableClient } from '../../shared/platform/table-client.ts';
import type { ModelUsers } from '../ports/model-users.ts';
import { downloaderKey } from './dynamo-downloads.ts';

/** Of a call that was recorded with its charge, be it nothing. */
const userItem = z.object({ schema: z.literal(1), callCount: z.int() });

export const userKey = (model: string, accountId: string) => ({ pk: `user#${model}`, sk: accountId });

export const dynamoModelUsers = (client: TableClient, table: string): ModelUsers => {
  const find = async (Key: { readonly pk: string; readonly sk: string }) =>
    (await client.get({ TableName: table, Key, ConsistentRead: true })).Item;
  return {
    uses: async (accountId, model) => {
      const [user, downloader] = await Promise.all([
        find(userKey(model, accountId)),
        find(downloaderKey(model, accountId)),
      ]);
      return downloader !== undefined || (user !== undefined && userItem.parse(user).callCount > 0);
    },
  };
};

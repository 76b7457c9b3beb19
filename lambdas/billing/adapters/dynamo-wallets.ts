// Wallets in the billing table. `avail` includes the credit limit, because a condition can compare but not add.

import * as z from 'zod/mini';
import { microsAttribute } from '../../shared/platform/attributes.ts';
import { isNamed, type TableClient } from '../../shared/platform/table-client.ts';
import type { WalletStore } from '../ports.ts';
import { outliveConflict } from './outlive-conflict.ts';
import { walletKey } from './table-keys.ts';

const storedWallet = z.object({
  avail: microsAttribute,
  creditLimit: microsAttribute,
  sealedThrough: z.optional(z.string()),
});

export const dynamoWallets = (client: TableClient, table: string): WalletStore => ({
  find: async (accountId) => {
    const { Item } = await client.get({ TableName: table, Key: walletKey(accountId), ConsistentRead: true });
    if (!Item) return undefined;
    const { sealedThrough, ...money } = storedWallet.parse(Item);
    return { ...money, sealedThrough };
  },
  fence: async (accountId, minute) => {
    try {
      // Free calls come from accounts without a wallet, too: theirs is made here, empty.
      // Every paid call of the account updates the wallet in a transaction.
      await outliveConflict(() =>
        client.update({
          TableName: table,
          Key: walletKey(accountId),
          UpdateExpression:
            'SET sealedThrough = :minute, #schema = :schema, avail = if_not_exists(avail, :zero), ' +
            'creditLimit = if_not_exists(creditLimit, :zero)',
          ConditionExpression: 'attribute_not_exists(sealedThrough) OR sealedThrough < :minute',
          ExpressionAttributeNames: { '#schema': 'schema' },
          ExpressionAttributeValues: { ':minute': minute, ':schema': 1, ':zero': 0n },
        }),
      );
    } catch (fault) {
      // It stands at this minute or further already.
      if (!isNamed(fault, 'ConditionalCheckFailedException')) throw fault;
    }
  },
});

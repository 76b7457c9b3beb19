// Wallets in the billing table. `avail` includes the credit limit, because a condition can compare but not add.
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { microsAttribute } from '../../shared/platform/attributes.ts';
import type { WalletStore } from '../ports.ts';
import { outliveConflict } from './outlive-conflict.ts';
import { walletKey } from './table-keys.ts';

const storedWallet = z.object({
  avail: microsAttribute,
  creditLimit: microsAttribute,
  sealedThrough: z.string().optional(),
});

export const dynamoWallets = (client: DynamoDBDocument, table: string): WalletStore => ({
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
      if (!(fault instanceof ConditionalCheckFailedException)) throw fault;
    }
  },
});

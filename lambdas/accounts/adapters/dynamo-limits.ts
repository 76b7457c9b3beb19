// Limits of an account's own in DynamoDB: an attribute of the account, which authentication reads anyway.
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { TableClient } from '../../shared/platform/table-client.ts';
import type { LimitStore } from '../ports.ts';
import { dynamoAccounts } from './dynamo-accounts.ts';
import { accountItem, accountKey } from './items.ts';

export const dynamoLimits = (client: TableClient, table: string): LimitStore => ({
  findAccount: dynamoAccounts(client, table).findAccount,

  setLimits: async ({ accountId, limits, nowMs }) => {
    const update = {
      TableName: table,
      Key: accountKey(accountId),
      UpdateExpression: 'SET #limits = :limits, updatedAtMs = :now, revision = revision + :one',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeNames: { '#limits': 'limits' },
      ExpressionAttributeValues: { ':limits': limits, ':now': nowMs, ':one': 1 },
      ReturnValues: 'ALL_NEW',
    } as const;
    try {
      return accountItem.parse((await client.update(update)).Attributes);
    } catch (fault) {
      if (fault instanceof ConditionalCheckFailedException) return undefined;
      throw fault;
    }
  },
});

// Webhooks in DynamoDB, each an item under its account, beside the count that bounds them.
import { createHash } from 'node:crypto';
import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { isNamed, type TableClient } from '../../shared/platform/table-client.ts';
import { transact } from '../../shared/platform/transact.ts';
import { WEBHOOK_LIMIT } from '../contract.ts';
import type { WebhookStore } from '../ports.ts';
import { claimItem, countKey, toWebhookItem, webhookItem, webhookKey } from './webhook-items.ts';

const CLAIM_MS = 24 * 3_600_000;

type WriteItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];
type Creation = Parameters<WebhookStore['create']>[0];

export const dynamoWebhooks = (client: TableClient, table: string): WebhookStore => ({
  create: async (creation) => {
    const { webhook, idempotency } = creation;
    const claim = idempotency && claimKey(webhook.accountId, idempotency.key);
    const items: WriteItem[] = [
      // The claim comes first: of a repeat, its refusal is what is told.
      ...(claim ? [putClaim(table, claim, creation)] : []),
      countUp(table, webhook.accountId),
      { Put: { TableName: table, Item: toWebhookItem(webhook), ConditionExpression: 'attribute_not_exists(pk)' } },
    ];
    const refusedIndex = await transact(client, items);
    if (refusedIndex === undefined) return { outcome: 'created' };
    if (items[refusedIndex]?.Update) return { outcome: 'limit' };
    const { Item } = claim
      ? await client.get({ TableName: table, Key: claim, ConsistentRead: true })
      : { Item: undefined };
    if (refusedIndex > 0 || !Item) throw new Error('a new webhook’s id, or a claim that just ended, was in the way');
    const { requestSha256, webhookId } = claimItem.parse(Item);
    return requestSha256 === idempotency?.requestSha256
      ? { outcome: 'replay', webhookId }
      : { outcome: 'claim_reused' };
  },

  find: async (accountId, webhookId) => {
    const { Item } = await client.get({
      TableName: table,
      Key: webhookKey(accountId, webhookId),
      ConsistentRead: true,
    });
    return Item ? webhookItem.parse(Item) : undefined;
  },

  all: async (accountId) => {
    const { Items = [] } = await client.query({
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :webhook)',
      ExpressionAttributeValues: { ':pk': accountId, ':webhook': 'webhook#' },
    });
    return Items.map((item) => webhookItem.parse(item));
  },

  change: async (webhook) => {
    try {
      await client.put({
        TableName: table,
        Item: toWebhookItem(webhook),
        ConditionExpression: 'revision = :before',
        ExpressionAttributeValues: { ':before': webhook.revision - 1 },
      });
      return true;
    } catch (fault) {
      if (isNamed(fault, 'ConditionalCheckFailedException')) return false;
      throw fault;
    }
  },

  remove: async (accountId, webhookId) => {
    const refusedIndex = await transact(client, [
      {
        Delete: {
          TableName: table,
          Key: webhookKey(accountId, webhookId),
          ConditionExpression: 'attribute_exists(pk)',
        },
      },
      {
        Update: {
          TableName: table,
          Key: countKey(accountId),
          UpdateExpression: 'ADD webhookCount :minusOne',
          ExpressionAttributeValues: { ':minusOne': -1 },
        },
      },
    ]);
    return refusedIndex === undefined;
  },
});

const claimKey = (accountId: string, key: string) => ({
  pk: accountId,
  sk: `claim#${createHash('sha256').update(key).digest('hex')}`,
});

const countUp = (table: string, accountId: string): WriteItem => ({
  Update: {
    TableName: table,
    Key: countKey(accountId),
    UpdateExpression: 'ADD webhookCount :one',
    ConditionExpression: 'attribute_not_exists(webhookCount) OR webhookCount < :limit',
    ExpressionAttributeValues: { ':one': 1, ':limit': WEBHOOK_LIMIT },
  },
});

const putClaim = (table: string, key: { pk: string; sk: string }, creation: Creation): WriteItem => ({
  Put: {
    TableName: table,
    Item: {
      ...key,
      schema: 1,
      requestSha256: creation.idempotency?.requestSha256,
      webhookId: creation.webhook.webhookId,
      expiresAt: Math.floor((creation.nowMs + CLAIM_MS) / 1000),
    },
    // The table's TTL deletes late, so an ended claim may still be there.
    ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now',
    ExpressionAttributeValues: { ':now': Math.floor(creation.nowMs / 1000) },
  },
});

// The writes that the registry's transactions are made of.
import { createHash } from 'node:crypto';
import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import type { IdempotencyClaim } from '../../shared/platform/route.ts';

export type WriteItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

const CLAIM_MS = 24 * 3_600_000;

/** Puts what is not there yet. */
export const putNew = (table: string, item: Record<string, unknown>): WriteItem => ({
  Put: { TableName: table, Item: item, ConditionExpression: 'attribute_not_exists(pk)' },
});

export const put = (table: string, item: Record<string, unknown>): WriteItem => ({
  Put: { TableName: table, Item: item },
});

/** Puts the next revision over the one before it, and over nothing else. */
export const putNext = (table: string, item: Record<string, unknown> & { readonly revision: number }): WriteItem => ({
  Put: {
    TableName: table,
    Item: item,
    ConditionExpression: 'revision = :before',
    ExpressionAttributeValues: { ':before': item.revision - 1 },
  },
});

export const claimKey = (accountId: string, claim: IdempotencyClaim) => ({
  pk: accountId,
  sk: `claim#${createHash('sha256').update(claim.key).digest('hex')}`,
});

/** Its hash covers path and body, so that what a repeat is answered with is named by the repeat itself, or by `made`. */
export const putClaim = (
  table: string,
  claim: {
    readonly accountId: string;
    readonly idempotency: IdempotencyClaim;
    readonly nowMs: number;
    /** The id of what is made, where the request does not name it. */
    readonly made?: string | undefined;
  },
): WriteItem => ({
  Put: {
    TableName: table,
    Item: {
      ...claimKey(claim.accountId, claim.idempotency),
      schema: 1,
      requestSha256: claim.idempotency.requestSha256,
      ...(claim.made === undefined ? {} : { made: claim.made }),
      expiresAt: Math.floor((claim.nowMs + CLAIM_MS) / 1000),
    },
    // The table's TTL deletes late, so an ended claim may still be there.
    ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now',
    ExpressionAttributeValues: { ':now': Math.floor(claim.nowMs / 1000) },
  },
});

/** Deletes what is there, and refuses where it is not. */
export const removeThere = (table: string, key: { readonly pk: string; readonly sk: string }): WriteItem => ({
  Delete: { TableName: table, Key: key, ConditionExpression: 'attribute_exists(pk)' },
});

/** Deletes what may be there. */
export const remove = (table: string, key: { readonly pk: string; readonly sk: string }): WriteItem => ({
  Delete: { TableName: table, Key: key },
});

// Access of an account to another's model, as calls need it: one consistent read. What writes it is dynamo-access.ts.
import * as z from 'zod/mini';
import type { ItemPage, TableClient } from '../../shared/platform/table-client.ts';
import type { Access, AccessStore } from '../ports/access.ts';
import { accessStates, offerKinds } from '../terms.ts';

const text = z.optional(z.string());
const time = z.optional(z.int());

export const subscriptionItem = z.object({
  subscriptionId: z.string(),
  accountId: z.string(),
  model: z.string(),
  offerId: z.string(),
  kind: z.enum(offerKinds),
  offerVersion: z.int(),
  startedBy: z.string(),
  startedAtMs: z.int(),
  trialEndsAtMs: time,
  canceledAtMs: time,
  endsAtMs: time,
  updatedAtMs: z.int(),
});

export const accessItem = z.pipe(
  z.object({
    schema: z.literal(1),
    model: z.string(),
    accountId: z.string(),
    handle: text,
    grant: z.optional(
      z.object({
        state: z.enum(accessStates),
        via: z.enum(['request', 'share']),
        reason: text,
        requestedBy: text,
        requestedAtMs: time,
        message: text,
        decidedBy: text,
        decidedAtMs: time,
      }),
    ),
    acceptance: z.optional(
      z.object({ version: z.string(), sha256: z.string(), acceptedBy: z.string(), acceptedAtMs: z.int() }),
    ),
    subscription: z.optional(subscriptionItem),
    trialAtMs: time,
    revision: z.int(),
    createdAtMs: z.int(),
    updatedAtMs: z.int(),
  }),
  z.transform(({ schema: _, ...access }): Access => access),
);

export const ACCESS = 'access#';
export const accessKey = (model: string, accountId: string) => ({ pk: `model#${model}`, sk: `${ACCESS}${accountId}` });

/** Sorts after whatever may follow. */
export const END = '~';

export async function* walkAccess(
  client: TableClient,
  query: Parameters<TableClient['query']>[0],
  isAfter: (access: Access) => boolean,
): AsyncIterable<Access> {
  let from: Record<string, unknown> | undefined;
  do {
    const page: ItemPage = await client.query({ ...query, ...(from ? { ExclusiveStartKey: from } : {}) });
    for (const item of page.Items ?? []) {
      const access = accessItem.parse(item);
      if (isAfter(access)) yield access;
    }
    from = page.LastEvaluatedKey;
  } while (from);
}

export const accessReads = (client: TableClient, table: string): Pick<AccessStore, 'find' | 'ofAccount'> => ({
  find: async (model, accountId) => {
    const { Item } = await client.get({ TableName: table, Key: accessKey(model, accountId), ConsistentRead: true });
    return Item ? accessItem.parse(Item) : undefined;
  },

  ofAccount: (accountId, after) =>
    walkAccess(
      client,
      {
        TableName: table,
        IndexName: 'gsi2',
        KeyConditionExpression: 'gsi2pk = :pk AND gsi2sk BETWEEN :low AND :high',
        ExpressionAttributeValues: { ':pk': `${accountId}#access`, ':low': after ?? ' ', ':high': END },
      },
      (access) => access.model !== after,
    ),
});

// Access of accounts to others' models, and the terms of models, in DynamoDB.
import * as z from 'zod/mini';
import { outboxItem } from '../../shared/platform/events.ts';
import type { ItemPage, TableClient } from '../../shared/platform/table-client.ts';
import { transact } from '../../shared/platform/transact.ts';
import { modelChangedData } from '../contract.ts';
import { dueOfSubscription } from '../domain/due-of.ts';
import type { Access, AccessNews, AccessStore, TermsAcceptance } from '../ports/access.ts';
import type { Terms, TermsStore } from '../ports/terms.ts';
import { ACCESS, accessKey, accessReads, END, subscriptionItem, walkAccess } from './access-reads.ts';
import { createOnce, findMade } from './create-once.ts';
import { changeDue } from './due-items.ts';
import { modelKey, toModelItem } from './items.ts';
import { offerKey } from './offer-reads.ts';
import { toldChange } from './told-change.ts';
import { put, putNew, putNext, type WriteItem } from './writes.ts';

const termsItem = z.pipe(
  z.object({
    schema: z.literal(1),
    model: z.string(),
    version: z.string(),
    sha256: z.string(),
    text: z.optional(z.string()),
    url: z.optional(z.string()),
    createdAtMs: z.int(),
  }),
  z.transform(({ schema: _, ...terms }): Terms => terms),
);

const modelPk = (model: string) => `model#${model}`;
const termsKey = (model: string, version: string) => ({ pk: modelPk(model), sk: `terms#${version}` });
const evidenceKey = (model: string, accountId: string, { version, acceptedAtMs }: TermsAcceptance) => ({
  pk: modelPk(model),
  sk: `accepted#${accountId}#${version}#${String(acceptedAtMs).padStart(15, '0')}`,
});
const subscriptionKey = (accountId: string, id: string) => ({ pk: accountId, sk: `subscription#${id}` });

export const dynamoAccess = (client: TableClient, table: string): AccessStore => {
  const { find, ofAccount } = accessReads(client, table);
  const writesOf = async ({ access, owner, news, nowMs }: Parameters<AccessStore['write']>[0]) => {
    const before = access.revision === 1 ? undefined : await find(access.model, access.accountId);
    return [
      putAccess(table, access),
      ...(news ? tell(table, access, owner, news, nowMs) : []),
      ...evidenceOf(table, before, access),
      ...copyOf(table, before, access),
      ...changeDue(table, dueBefore(before, access), dueOfSubscription(access.subscription)),
    ];
  };
  const subscription: AccessStore['subscription'] = async (accountId, id) => {
    const Key = subscriptionKey(accountId, id);
    const { Item } = await client.get({ TableName: table, Key, ConsistentRead: true });
    return Item ? subscriptionItem.parse(Item) : undefined;
  };
  return {
    find,
    ofAccount,

    ofModel: (model, after) =>
      walkAccess(
        client,
        {
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk AND sk BETWEEN :low AND :high',
          ExpressionAttributeValues: {
            ':pk': modelPk(model),
            ':low': `${ACCESS}${after ?? ''}`,
            ':high': `${ACCESS}${END}`,
          },
        },
        (access) => access.accountId !== after,
      ),

    write: async (change) => (await transact(client, await writesOf(change))) === undefined,

    subscribe: async ({ model, offer, idempotency, nowMs, ...change }) => {
      const { accountId, subscription } = change.access;
      const owner = model.ownerAccountId;
      const writes = [
        ...(await writesOf({ ...change, owner, nowMs })),
        requireUnchanged(table, modelKey(model.name), model),
        requireUnchanged(table, offerKey(model.name, offer.offerId), offer),
      ];
      const made = subscription?.subscriptionId;
      const { outcome } = await createOnce(client, table, { accountId, idempotency, nowMs, made, writes });
      return outcome === 'created';
    },

    subscribed: async (accountId, idempotency, nowMs) => {
      const earlier = await findMade(client, table, { accountId, idempotency, nowMs });
      if (earlier?.outcome === 'claim_reused') return earlier.outcome;
      if (earlier?.outcome !== 'replay') return undefined;
      const found = earlier.made === undefined ? undefined : await subscription(accountId, earlier.made);
      if (!found) throw new Error(`the subscription that a claim made is gone: ${accountId} ${earlier.made}`);
      return found;
    },

    subscription,

    async *subscriptions(accountId, before) {
      let from: Record<string, unknown> | undefined =
        before === undefined ? undefined : subscriptionKey(accountId, before);
      do {
        const page: ItemPage = await client.query({
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
          ExpressionAttributeValues: { ':pk': accountId, ':sk': subscriptionKey(accountId, '').sk },
          ScanIndexForward: false,
          ...(from ? { ExclusiveStartKey: from } : {}),
        });
        for (const item of page.Items ?? []) yield subscriptionItem.parse(item);
        from = page.LastEvaluatedKey;
      } while (from);
    },
  };
};

/** It is as it was read: whatever changes it counts its revision up. */
const requireUnchanged = (
  table: string,
  key: { readonly pk: string; readonly sk: string },
  { revision }: { readonly revision: number },
): WriteItem => ({
  ConditionCheck: {
    TableName: table,
    Key: key,
    ConditionExpression: 'revision = :revision',
    ExpressionAttributeValues: { ':revision': revision },
  },
});

const putAccess = (table: string, access: Access): WriteItem => {
  const item = {
    ...accessKey(access.model, access.accountId),
    schema: 1,
    ...access,
    gsi2pk: `${access.accountId}#access`,
    gsi2sk: access.model,
  };
  return access.revision === 1 ? putNew(table, item) : putNext(table, item);
};

const bothParties = ['publisher', 'consumer'] as const;

/** An event for each side: a webhook hears what is addressed to its account. */
const tell = (
  table: string,
  access: Access,
  owner: string | undefined,
  { type, data, only }: AccessNews,
  nowMs: number,
) =>
  (only ? [only] : bothParties).map((party): WriteItem => {
    const accountId = party === 'publisher' ? owner : access.accountId;
    if (accountId === undefined) throw new Error(`'owner' must be given to tell a publisher of ${type}`);
    const detail = { model: access.model, account: access.accountId, party, ...data };
    return putNew(
      table,
      outboxItem({ source: 'aimass.registry', type, accountId, subject: access.model, data: detail }, nowMs),
    );
  });

/** Of the same subscription: one that had ended when another was taken keeps what is due of it. */
const dueBefore = (before: Access | undefined, { subscription }: Access) =>
  before?.subscription?.subscriptionId === subscription?.subscriptionId
    ? dueOfSubscription(before?.subscription)
    : undefined;

/** A subscription, where it can be found by its id: changed by nobody but with the access that holds it. */
const copyOf = (table: string, before: Access | undefined, { subscription }: Access): WriteItem[] => {
  if (!subscription) return [];
  const { subscription: there } = before ?? {};
  const same = there?.subscriptionId === subscription.subscriptionId && there.updatedAtMs === subscription.updatedAtMs;
  if (same) return [];
  const key = subscriptionKey(subscription.accountId, subscription.subscriptionId);
  return [put(table, { ...key, schema: 1, ...subscription })];
};

/** A new acceptance, for good: beside what was accepted before, be it the same version. */
const evidenceOf = (table: string, before: Access | undefined, access: Access): WriteItem[] => {
  const { acceptance, model, accountId } = access;
  if (!acceptance || acceptance.acceptedAtMs === before?.acceptance?.acceptedAtMs) return [];
  return [putNew(table, { ...evidenceKey(model, accountId, acceptance), schema: 1, model, accountId, ...acceptance })];
};

export const dynamoTerms = (client: TableClient, table: string): TermsStore => {
  const find = async (model: string, version: string) => {
    const { Item } = await client.get({ TableName: table, Key: termsKey(model, version), ConsistentRead: true });
    return Item ? termsItem.parse(Item) : undefined;
  };
  return {
    find,

    set: async ({ terms, model, act }) => {
      const { name, ownerAccountId: accountId, visibility, updatedAtMs } = model;
      const data = modelChangedData.parse({ model: name, visibility, changed: ['terms'] });
      const told = toldChange(table, { type: 'ModelChanged.v1', accountId, model: name, act, data }, updatedAtMs);
      const item = terms && { ...termsKey(terms.model, terms.version), schema: 1, ...terms };
      const writes = [...(item ? [putNew(table, item)] : []), putNext(table, toModelItem(model)), ...told];
      return (await transact(client, writes)) === undefined;
    },
  };
};

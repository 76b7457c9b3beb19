// People, accounts and memberships in DynamoDB.
import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { outboxItem } from '../../shared/platform/events.ts';
import type { TableClient } from '../../shared/platform/table-client.ts';
import { transact } from '../../shared/platform/transact.ts';
import { accountCreatedData } from '../contract.ts';
import type { Account, AccountStore, Membership } from '../ports.ts';
import {
  accountItem,
  accountKey,
  handleItem,
  handleKey,
  memberKey,
  membershipItem,
  userItem,
  userKey,
} from './items.ts';

type WriteItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

export const dynamoAccounts = (client: TableClient, table: string): AccountStore => {
  const read = async (key: { pk: string; sk: string }) =>
    (await client.get({ TableName: table, Key: key, ConsistentRead: true })).Item;

  const readMember = async (userId: string, accountId: string) => {
    const [membership, account] = await Promise.all([read(memberKey(userId, accountId)), read(accountKey(accountId))]);
    if (!membership || !account) return undefined;
    return { account: accountItem.parse(account), role: membershipItem.parse(membership).role };
  };

  return {
    findMember: async (userId, accountId) => {
      const [item, chosen] = await Promise.all([
        read(userKey(userId)),
        accountId === undefined ? undefined : readMember(userId, accountId),
      ]);
      if (!item) return undefined;
      const user = userItem.parse(item);
      const member = accountId === undefined ? await readMember(userId, user.personalAccountId) : chosen;
      return { user, member };
    },

    findAccount: async (accountId) => {
      const item = await read(accountKey(accountId));
      return item ? accountItem.parse(item) : undefined;
    },

    findByHandle: async (handle) => {
      const item = await read(handleKey(handle));
      return item ? handleItem.parse(item).accountId : undefined;
    },

    createPersonal: async (person) => (await transact(client, personalItems(table, person))) === undefined,

    update: async (change) => {
      const steps = updateSteps(table, change);
      const refusedIndex = await transact(
        client,
        steps.map(({ write }) => write),
      );
      return refusedIndex === undefined ? 'updated' : (steps[refusedIndex]?.refusal ?? 'changed_meanwhile');
    },

    listAccounts: async ({ userId, limit, after }) => {
      const page = await client.query({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :member)',
        ExpressionAttributeValues: { ':pk': userId, ':member': 'member#' },
        // One more than asked for tells whether there is a next page.
        Limit: limit + 1,
        ...(after === undefined ? {} : { ExclusiveStartKey: memberKey(userId, after) }),
      });
      const memberships = (page.Items ?? []).map((item) => membershipItem.parse(item));
      const shown = memberships.slice(0, limit);
      const more = memberships.length > limit || page.LastEvaluatedKey !== undefined;
      return { items: await withAccounts(shown, read), last: more ? shown.at(-1)?.accountId : undefined };
    },
  };
};

const withAccounts = async (
  memberships: readonly Membership[],
  read: (key: { pk: string; sk: string }) => Promise<unknown>,
): Promise<{ account: Account; role: Membership['role'] }[]> =>
  Promise.all(
    memberships.map(async ({ accountId, role }) => ({
      account: accountItem.parse(await read(accountKey(accountId))),
      role,
    })),
  );

const personalItems = (
  table: string,
  { userId, email, accountId, nowMs }: { userId: string; email: string; accountId: string; nowMs: number },
): WriteItem[] => {
  const common = { schema: 1, createdAtMs: nowMs, updatedAtMs: nowMs };
  const put = (Item: Record<string, unknown>): WriteItem => ({
    Put: { TableName: table, Item, ConditionExpression: 'attribute_not_exists(pk)' },
  });
  const data = accountCreatedData.parse({ kind: 'personal', userId });
  return [
    put({ ...userKey(userId), ...common, userId, email, locale: 'en', personalAccountId: accountId, revision: 1 }),
    put({ ...accountKey(accountId), ...common, accountId, kind: 'personal', plan: 'free', revision: 1, keyCount: 0 }),
    put({
      ...memberKey(userId, accountId),
      ...common,
      gsi1pk: accountId,
      gsi1sk: `member#${userId}`,
      userId,
      accountId,
      role: 'owner',
    }),
    put(
      outboxItem({ source: 'aimass.accounts', type: 'AccountCreated.v1', accountId, subject: accountId, data }, nowMs),
    ),
  ];
};

type Change = Parameters<AccountStore['update']>[0];
type Refusal = Exclude<Awaited<ReturnType<AccountStore['update']>>, 'updated'>;

/** The account's step, the claim of the handle, the person's step: each with what its refusal means. */
const updateSteps = (table: string, change: Change): { write: WriteItem; refusal: Refusal }[] => {
  const { accountId, userId, patch, expected, nowMs } = change;
  const steps: { write: WriteItem; refusal: Refusal }[] = [];
  if (patch.handle !== undefined) {
    steps.push({
      write: setAttributes(table, accountKey(accountId), { handle: patch.handle }, [], {
        nowMs,
        revision: expected?.account,
        unset: 'handle',
      }),
      refusal: expected ? 'changed_meanwhile' : 'handle_already_set',
    });
    const claim = { ...handleKey(patch.handle), schema: 1, handle: patch.handle, accountId, createdAtMs: nowMs };
    steps.push({
      write: { Put: { TableName: table, Item: claim, ConditionExpression: 'attribute_not_exists(pk)' } },
      refusal: 'handle_taken',
    });
  } else if (expected) {
    steps.push({ write: check(table, accountKey(accountId), expected.account), refusal: 'changed_meanwhile' });
  }
  const set = {
    ...(typeof patch.displayName === 'string' ? { displayName: patch.displayName } : {}),
    ...(patch.locale === undefined ? {} : { locale: patch.locale }),
  };
  const remove = patch.displayName === null ? ['displayName'] : [];
  if (Object.keys(set).length + remove.length > 0) {
    steps.push({
      write: setAttributes(table, userKey(userId), set, remove, { nowMs, revision: expected?.user }),
      refusal: 'changed_meanwhile',
    });
  } else if (expected) {
    steps.push({ write: check(table, userKey(userId), expected.user), refusal: 'changed_meanwhile' });
  }
  return steps;
};

const check = (table: string, key: { pk: string; sk: string }, revision: number): WriteItem => ({
  ConditionCheck: {
    TableName: table,
    Key: key,
    ConditionExpression: 'revision = :revision',
    ExpressionAttributeValues: { ':revision': revision },
  },
});

/** Sets and removes attributes and counts the revision up. @param unset - an attribute that must not be there yet */
const setAttributes = (
  table: string,
  key: { pk: string; sk: string },
  set: Readonly<Record<string, string>>,
  remove: readonly string[],
  { nowMs, revision, unset }: { nowMs: number; revision: number | undefined; unset?: string },
): WriteItem => {
  const names = Object.keys(set);
  const conditions = ['attribute_exists(pk)'];
  if (revision !== undefined) conditions.push('revision = :revision');
  if (unset !== undefined) conditions.push(`attribute_not_exists(#${unset})`);
  const assignments = [
    'updatedAtMs = :now',
    'revision = revision + :one',
    ...names.map((name) => `#${name} = :${name}`),
  ];
  const removals = remove.length > 0 ? ` REMOVE ${remove.map((name) => `#${name}`).join(', ')}` : '';
  return {
    Update: {
      TableName: table,
      Key: key,
      UpdateExpression: `SET ${assignments.join(', ')}${removals}`,
      ConditionExpression: conditions.join(' AND '),
      ExpressionAttributeNames: Object.fromEntries([...names, ...remove].map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: {
        ':now': nowMs,
        ':one': 1,
        ...(revision === undefined ? {} : { ':revision': revision }),
        ...Object.fromEntries(names.map((name) => [`:${name}`, set[name]])),
      },
    },
  };
};

// Aliases in DynamoDB: each an item of its model's partition, with what it named before.
import * as z from 'zod/mini';
import type { TableClient } from '../../shared/platform/table-client.ts';
import { transact } from '../../shared/platform/transact.ts';
import { LATEST } from '../domain/alias-name.ts';
import { onlyTarget } from '../domain/move-alias.ts';
import { aliasChangedData, aliasDeletedData } from '../event-data.ts';
import type { Alias, AliasChange } from '../ports/aliases.ts';
import type { AliasStore, Model } from '../ports.ts';
import { ALIAS_LIMIT, promotingRoles } from '../terms.ts';
import { aliasKey, aliasSplit, countKey, modelKey, publishedKey, toModelItem } from './items.ts';
import { toldChange } from './told-change.ts';
import { putNext, type WriteItem } from './writes.ts';

const aliasItem = z.pipe(
  z.object({
    schema: z.literal(1),
    model: z.string(),
    alias: z.string(),
    version: z.string(),
    // Absent where it was written before aliases could name several: then it names `version`.
    targets: z.optional(aliasSplit.shape.targets),
    moveCount: z._default(z.int(), 1),
    pinned: z._default(z.boolean(), false),
    protectedRoles: z.optional(z.array(z.enum(promotingRoles))),
    history: z._default(z.array(z.extend(aliasSplit, { pinned: z.boolean(), sinceMs: z.int(), untilMs: z.int() })), []),
    sinceMs: z.optional(z.int()),
    revision: z._default(z.int(), 0),
    createdAtMs: z.int(),
    updatedAtMs: z.int(),
  }),
  z.transform(
    ({ schema: _, targets, sinceMs, protectedRoles, ...rest }): Alias => ({
      ...rest,
      targets: targets ?? onlyTarget(rest.version),
      sinceMs: sinceMs ?? rest.updatedAtMs,
      protectedRoles,
    }),
  ),
);

/** Of a transaction: the alias as it shall be, over the revision before it and over nothing else. */
export const putAlias = (table: string, alias: Alias): WriteItem => {
  const item = { ...aliasKey(alias.model, alias.alias), schema: 1, ...alias };
  if (alias.revision > 1) return putNext(table, item);
  return { Put: { TableName: table, Item: item, ConditionExpression: 'attribute_not_exists(revision)' } };
};

/** For who only looks aliases up. */
export const aliasReads = (client: TableClient, table: string): Pick<AliasStore, 'find'> => ({
  find: async (model, alias) => {
    const { Item } = await client.get({ TableName: table, Key: aliasKey(model, alias), ConsistentRead: true });
    return Item ? aliasItem.parse(Item) : undefined;
  },
});

export const dynamoAliases = (client: TableClient, table: string): AliasStore => ({
  ...aliasReads(client, table),

  list: async (model) => {
    const { pk, sk } = aliasKey(model, '');
    const found: Alias[] = [];
    let from: Record<string, unknown> | undefined;
    do {
      const page = await client.query({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :alias)',
        ExpressionAttributeValues: { ':pk': pk, ':alias': sk },
        ...(from ? { ExclusiveStartKey: from } : {}),
      });
      found.push(...(page.Items ?? []).map((item) => aliasItem.parse(item)));
      from = page.LastEvaluatedKey;
    } while (from);
    return found;
  },

  save: async (alias, model, change) => {
    const isNew = !change.before && alias.alias !== LATEST;
    const writes = [
      putAlias(table, alias),
      alias.alias === LATEST ? putNext(table, toModelItem(model)) : requireModelItem(table, model),
      ...(isNew ? [countAliases(table, model.name, 1)] : []),
    ];
    // What it names already may have retired meanwhile: that is no reason not to protect it.
    const moves = alias.moveCount !== change.before?.moveCount;
    const targets = moves ? alias.targets.map(({ version }) => requirePublished(table, model.name, version)) : [];
    const refused = await transact(client, [...writes, ...targets, ...tell(table, alias, model, change)]);
    if (refused === undefined) return 'saved';
    if (refused < 2) return 'changed';
    return isNew && refused === 2 ? 'limit' : 'target';
  },

  remove: async (alias, model, change) => {
    const writes = [deleteAlias(table, alias), countAliases(table, model.name, -1)];
    return (await transact(client, [...writes, ...tell(table, alias, model, change)])) === undefined;
  },
});

const deleteAlias = (table: string, { model, alias, revision }: Alias): WriteItem => ({
  Delete: {
    TableName: table,
    Key: aliasKey(model, alias),
    ConditionExpression: 'revision = :revision',
    ExpressionAttributeValues: { ':revision': revision },
  },
});

const requireModelItem = (table: string, { name, ownerAccountId }: Model): WriteItem => ({
  ConditionCheck: {
    TableName: table,
    Key: modelKey(name),
    ConditionExpression: 'ownerAccountId = :owner',
    ExpressionAttributeValues: { ':owner': ownerAccountId },
  },
});

/** Its item is there as long as the version may be called. */
const requirePublished = (table: string, model: string, version: string): WriteItem => ({
  ConditionCheck: {
    TableName: table,
    Key: publishedKey(model, version),
    ConditionExpression: 'attribute_exists(pk)',
  },
});

const countAliases = (table: string, model: string, by: 1 | -1): WriteItem => ({
  Update: {
    TableName: table,
    Key: countKey(model),
    UpdateExpression: 'ADD aliasCount :by',
    ConditionExpression: 'attribute_not_exists(aliasCount) OR aliasCount < :limit',
    // Taking one away is never too many.
    ExpressionAttributeValues: { ':by': by, ':limit': by > 0 ? ALIAS_LIMIT : ALIAS_LIMIT + 1 },
  },
});

const tell = (
  table: string,
  alias: Alias,
  { name, ownerAccountId: accountId }: Model,
  { type, how, before, act, nowMs }: AliasChange,
): WriteItem[] => {
  const data =
    how === 'delete'
      ? aliasDeletedData.parse({ model: name, alias: alias.alias, before: alias.targets })
      : aliasChangedData.parse({
          model: name,
          alias: alias.alias,
          how,
          changed: fieldsChanged(before, alias),
          targets: alias.targets,
          before: before?.targets,
          revision: alias.moveCount,
          pinned: alias.pinned,
        });
  return toldChange(table, { type, accountId, model: name, act, data }, nowMs);
};

const fieldsChanged = (before: Alias | undefined, after: Alias) => [
  ...(before?.moveCount === after.moveCount ? [] : ['targets']),
  ...(before?.pinned === after.pinned ? [] : ['pinned']),
  ...(JSON.stringify(before?.protectedRoles) === JSON.stringify(after.protectedRoles) ? [] : ['protectedRoles']),
];

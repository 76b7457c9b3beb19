// DynamoDB's requests as permissions. A transaction is no permission of its own: each of its items is asked for as what
// it does. `dynamodb:LeadingKeys` are the partition keys that a request names.
import * as z from 'zod';
import { ACCOUNT, type Need, REGION, Unknown } from './need.ts';

/** How our tables name their partition key, and that of an index (lib/constructs/service-table.ts). */
const partitionKeyOf = (index: string | undefined) => (index === undefined ? 'pk' : `${index}pk`);

const item = z.record(z.string(), z.unknown());
const key = z.object({ TableName: z.string(), Key: item });
const put = z.object({ TableName: z.string(), Item: item });
const query = z.object({
  TableName: z.string(),
  IndexName: z.string().optional(),
  KeyConditionExpression: z.string(),
  ExpressionAttributeNames: z.record(z.string(), z.string()).default({}),
  ExpressionAttributeValues: item,
});
/** Of a table, not of an index. */
const scan = z.object({ TableName: z.string(), IndexName: z.undefined().optional() });
const batchWrite = z.object({
  RequestItems: z.record(
    z.string(),
    z.array(
      z.union([
        z.strictObject({ PutRequest: z.object({ Item: item }) }).transform((one) => one.PutRequest.Item),
        z.strictObject({ DeleteRequest: z.object({ Key: item }) }).transform((one) => one.DeleteRequest.Key),
      ]),
    ),
  ),
});
const batchGet = z.object({ RequestItems: z.record(z.string(), z.object({ Keys: z.array(item) })) });
const writes = z.object({
  TransactItems: z.array(
    z.union([
      z.strictObject({ Put: put }),
      z.strictObject({ Update: key }),
      z.strictObject({ Delete: key }),
      z.strictObject({ ConditionCheck: key }),
    ]),
  ),
});
const reads = z.object({ TransactItems: z.array(z.strictObject({ Get: key })) });

const textOf = (value: unknown, what: string): string => {
  const parsed = z.object({ S: z.string() }).safeParse(value);
  if (!parsed.success) throw new Unknown(`${what} without a partition key of ours`);
  return parsed.data.S;
};

const on = (action: string, table: string, leadingKeys: readonly string[], index?: string): Need => ({
  action: `dynamodb:${action}`,
  resource: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${table}${index === undefined ? '' : `/index/${index}`}`,
  context: { 'dynamodb:LeadingKeys': [...new Set(leadingKeys)] },
});

const onItem = (action: string, table: string, attributes: Record<string, unknown>): Need =>
  on(action, table, [textOf(attributes[partitionKeyOf(undefined)], action)]);

const queryNeed = (body: unknown): Need => {
  const { TableName, IndexName, KeyConditionExpression, ...names } = query.parse(body);
  const partitionKey = partitionKeyOf(IndexName);
  for (const [, name = '', value = ''] of KeyConditionExpression.matchAll(/([#\w]+)\s*=\s*(:\w+)/g)) {
    if ((names.ExpressionAttributeNames[name] ?? name) !== partitionKey) continue;
    return on('Query', TableName, [textOf(names.ExpressionAttributeValues[value], 'Query')], IndexName);
  }
  throw new Unknown(`Query without a partition key of ours: ${KeyConditionExpression}`);
};

/** @throws Unknown for an operation that is not among those used */
export const dynamodbNeeds = (operation: string, body: unknown): Need[] => {
  switch (operation) {
    case 'GetItem':
    case 'UpdateItem':
    case 'DeleteItem': {
      const { TableName, Key } = key.parse(body);
      return [onItem(operation, TableName, Key)];
    }
    case 'PutItem': {
      const { TableName, Item } = put.parse(body);
      return [onItem(operation, TableName, Item)];
    }
    case 'Query':
      return [queryNeed(body)];
    case 'Scan': {
      const { TableName } = scan.parse(body);
      // It names no partition: a statement that asks for some does not allow it.
      return [{ ...on(operation, TableName, []), context: {} }];
    }
    case 'BatchWriteItem':
      return Object.entries(batchWrite.parse(body).RequestItems).map(([table, items]) =>
        on(
          operation,
          table,
          items.map((one) => textOf(one.pk, operation)),
        ),
      );
    case 'BatchGetItem':
      return Object.entries(batchGet.parse(body).RequestItems).map(([table, { Keys }]) =>
        on(
          operation,
          table,
          Keys.map((one) => textOf(one.pk, operation)),
        ),
      );
    case 'TransactWriteItems':
      return writes.parse(body).TransactItems.map((one) => {
        if ('Put' in one) return onItem('PutItem', one.Put.TableName, one.Put.Item);
        if ('Update' in one) return onItem('UpdateItem', one.Update.TableName, one.Update.Key);
        if ('Delete' in one) return onItem('DeleteItem', one.Delete.TableName, one.Delete.Key);
        return onItem('ConditionCheckItem', one.ConditionCheck.TableName, one.ConditionCheck.Key);
      });
    case 'TransactGetItems':
      return reads.parse(body).TransactItems.map(({ Get }) => onItem('GetItem', Get.TableName, Get.Key));
  }
  throw new Unknown(`DynamoDB ${operation}`);
};

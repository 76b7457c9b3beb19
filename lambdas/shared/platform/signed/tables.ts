// DynamoDB for functions that a caller waits for: the same plain items as the SDK's document client, signed by hand.
import { randomUUID } from 'node:crypto';
import type { ItemPage, TableClient } from '../table-client.ts';
import { type AttributeValue, fromAttributes, toAttributes } from './attribute-values.ts';
import { type JsonServiceOptions, jsonService } from './json-service.ts';

type Plain = Readonly<Record<string, unknown>>;
type Attributes = Readonly<Record<string, AttributeValue>>;

/** Members that hold items or values; every other is DynamoDB's own already. */
const itemMembers = ['Key', 'Item', 'ExclusiveStartKey', 'ExpressionAttributeValues'] as const;

const encode = (input: object): Record<string, unknown> => {
  const encoded: Record<string, unknown> = { ...input };
  for (const member of itemMembers) {
    const plain = encoded[member];
    if (plain !== undefined) encoded[member] = toAttributes(plain as Plain);
  }
  return encoded;
};

const decode = (item: unknown): Record<string, unknown> | undefined =>
  item === undefined ? undefined : fromAttributes(item as Attributes);

interface Answer {
  readonly Item?: unknown;
  readonly Items?: readonly unknown[];
  readonly LastEvaluatedKey?: unknown;
  readonly Attributes?: unknown;
  readonly UnprocessedItems?: Readonly<Record<string, readonly WriteRequest[]>>;
}

/** One action of a batch: `{ PutRequest: { Item } }` or `{ DeleteRequest: { Key } }`. */
type WriteRequest = Readonly<Record<string, object>>;

const mapRequests = (
  requests: Readonly<Record<string, readonly object[] | undefined>>,
  map: (inner: object) => object,
) =>
  Object.fromEntries(
    Object.entries(requests).map(([table, list = []]) => [
      table,
      list.map((request) =>
        Object.fromEntries(Object.entries(request as WriteRequest).map(([kind, inner]) => [kind, map(inner)])),
      ),
    ]),
  );

const decodeInner = (inner: object) =>
  Object.fromEntries(Object.entries(inner).map(([member, item]) => [member, decode(item)]));

/** One per environment: it holds the connections. */
export const signedTables = (
  options: Pick<JsonServiceOptions, 'env' | 'clock' | 'timeoutMs' | 'tryCount'> = {},
): TableClient => {
  const service = jsonService({ ...options, service: 'dynamodb', targetPrefix: 'DynamoDB_20120810' });
  const call = async (operation: string, input: object) => (await service(operation, input)) as Answer;
  const callPage = async (operation: string, input: object): Promise<ItemPage> => {
    const { Items, LastEvaluatedKey } = await call(operation, encode(input));
    return {
      Items: Items?.map((item) => fromAttributes(item as Attributes)),
      LastEvaluatedKey: decode(LastEvaluatedKey),
    };
  };
  return {
    get: async (input) => ({ Item: decode((await call('GetItem', encode(input))).Item) }),
    query: (input) => callPage('Query', input),
    scan: (input) => callPage('Scan', input),
    put: (input) => call('PutItem', encode(input)),
    update: async (input) => ({ Attributes: decode((await call('UpdateItem', encode(input))).Attributes) }),
    delete: (input) => call('DeleteItem', encode(input)),
    batchWrite: async ({ RequestItems = {}, ...rest }) => {
      const { UnprocessedItems } = await call('BatchWriteItem', {
        ...rest,
        RequestItems: mapRequests(RequestItems, encode),
      });
      return UnprocessedItems ? { UnprocessedItems: mapRequests(UnprocessedItems, decodeInner) } : {};
    },
    transactWrite: ({ TransactItems = [], ClientRequestToken = randomUUID(), ...rest }) =>
      call('TransactWriteItems', {
        ...rest,
        // A try whose answer was lost and its repeat are one transaction.
        ClientRequestToken,
        TransactItems: TransactItems.map((action) =>
          Object.fromEntries(Object.entries(action).map(([kind, inner]) => [kind, inner && encode(inner)])),
        ),
      }),
  };
};

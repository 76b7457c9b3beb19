// Our own table client against the SDK's, on one table: what one writes the other reads, and both refuse alike.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signedTables } from '../../lambdas/shared/platform/signed/tables.ts';
import { isNamed, type TableClient } from '../../lambdas/shared/platform/table-client.ts';
import { createContextTable, type Emulator, startEmulator } from '../support/emulator.ts';
import { FaultProxy } from '../support/fault-proxy.ts';

const TableName = 'aimass-test-signed';

let emulator: Emulator;
let sdk: DynamoDBDocument;
let ours: TableClient;

beforeAll(async () => {
  emulator = await startEmulator();
  await createContextTable(emulator.endpoint, TableName);
  const at = {
    endpoint: emulator.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  sdk = DynamoDBDocument.from(new DynamoDBClient(at), {
    marshallOptions: { removeUndefinedValues: true },
    unmarshallOptions: {
      wrapNumbers: (text) =>
        Number.isSafeInteger(Number(text)) || !/^-?\d+$/.test(text) ? Number(text) : BigInt(text),
    },
  });
  ours = signedTables({ env: emulator.env });
});
afterAll(async () => {
  sdk?.destroy();
  await emulator?.stop();
});

const storable: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  leaf: fc.oneof(
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.integer(),
    fc.bigInt({ min: 2n ** 53n, max: 10n ** 30n }),
    fc.integer().map((value) => value / 1024),
  ),
  value: fc.oneof(
    { depthSize: 'small' },
    tie('leaf'),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), tie('value'), { maxKeys: 4 }),
  ),
})).value;

describe('an item', () => {
  it('written by either is read by the other as it was, whatever it holds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), storable, { maxKeys: 5 }), async (content) => {
        const [Key, OtherKey] = [
          { pk: 'p', sk: 'ours' },
          { pk: 'p', sk: 'theirs' },
        ];
        await ours.put({ TableName, Item: { ...content, ...Key } });
        await sdk.put({ TableName, Item: { ...content, ...OtherKey } });
        const bySdk = (await sdk.get({ TableName, Key, ConsistentRead: true })).Item;
        const byUs = (await ours.get({ TableName, Key: OtherKey, ConsistentRead: true })).Item;
        expect(bySdk).toEqual({ ...content, ...Key });
        expect(byUs).toEqual({ ...content, ...OtherKey });
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  it('that is not there is undefined', async () => {
    expect((await ours.get({ TableName, Key: { pk: 'no', sk: 'one' } })).Item).toBeUndefined();
  });

  it('holds no undefined, and refuses what DynamoDB has no number for', async () => {
    await ours.put({ TableName, Item: { pk: 'p', sk: 'gaps', left: undefined } });
    expect((await ours.get({ TableName, Key: { pk: 'p', sk: 'gaps' } })).Item).toEqual({ pk: 'p', sk: 'gaps' });
    expect(() => ours.put({ TableName, Item: { pk: 'p', sk: 'nan', value: Number.NaN } })).toThrow(/NaN/);
  });
});

describe('writes and queries', () => {
  it('page, project and condition as the SDK’s do', async () => {
    for (let index = 0; index < 5; index++) {
      await ours.put({
        TableName,
        Item: { pk: 'list', sk: `i${index}`, index, gsi1pk: 'all', gsi1sk: `${9 - index}` },
      });
    }
    const query = {
      TableName,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :i)',
      ExpressionAttributeValues: { ':pk': 'list', ':i': 'i' },
      Limit: 3,
    };
    const first = await ours.query(query);
    expect(first.Items?.map(({ index }) => index)).toEqual([0, 1, 2]);
    const rest = await ours.query({ ...query, ExclusiveStartKey: first.LastEvaluatedKey });
    expect(rest.Items?.map(({ index }) => index)).toEqual([3, 4]);
    expect(rest.LastEvaluatedKey).toBeUndefined();
    const byIndex = await ours.query({
      TableName,
      IndexName: 'gsi1',
      KeyConditionExpression: 'gsi1pk = :all',
      ExpressionAttributeValues: { ':all': 'all' },
    });
    expect(byIndex.Items?.map(({ index }) => index)).toEqual([4, 3, 2, 1, 0]);
  });

  it('update, delete and batch', async () => {
    const Key = { pk: 'p', sk: 'counter' };
    const update = {
      TableName,
      Key,
      UpdateExpression: 'ADD #count :one',
      ExpressionAttributeNames: { '#count': 'count' },
      ExpressionAttributeValues: { ':one': 2n ** 60n },
      ReturnValues: 'ALL_NEW' as const,
    };
    expect((await ours.update(update)).Attributes).toEqual({ ...Key, count: 2n ** 60n });
    await ours.batchWrite({
      RequestItems: { [TableName]: [{ DeleteRequest: { Key } }, { PutRequest: { Item: { pk: 'p', sk: 'batched' } } }] },
    });
    expect((await ours.get({ TableName, Key })).Item).toBeUndefined();
    await ours.delete({ TableName, Key: { pk: 'p', sk: 'batched' } });
    expect((await ours.get({ TableName, Key: { pk: 'p', sk: 'batched' } })).Item).toBeUndefined();
  });

  it('that a condition refuses fail under the service’s own name, a transaction with its reasons', async () => {
    const put = { TableName, Item: { pk: 'p', sk: 'once' }, ConditionExpression: 'attribute_not_exists(pk)' };
    await ours.put(put);
    const refused = await ours.put(put).catch((fault: unknown) => fault);
    expect(isNamed(refused, 'ConditionalCheckFailedException')).toBe(true);
    const cancelled = await ours
      .transactWrite({ TransactItems: [{ Put: { TableName, Item: { pk: 'p', sk: 'new' } } }, { Put: put }] })
      .catch((fault: unknown) => fault);
    expect(cancelled).toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [{ Code: 'None' }, { Code: 'ConditionalCheckFailed' }],
    });
    expect((await ours.get({ TableName, Key: { pk: 'p', sk: 'new' } })).Item).toBeUndefined();
  });
});

it('what passes by itself is tried again: drops, 500s and throttles of every third request', async () => {
  const proxy = new FaultProxy({
    target: emulator.endpoint,
    seed: 11,
    rates: { '*': { 'drop-request': 0.1, 'drop-answer': 0.1, 'error-before': 0.1, throttle: 0.05 } },
  });
  const shaky = signedTables({ env: { ...emulator.env, AWS_ENDPOINT_URL: await proxy.start() }, tryCount: 12 });
  for (let index = 0; index < 30; index++) {
    await shaky.put({ TableName, Item: { pk: 'shaky', sk: `s${index}`, index } });
    expect((await shaky.get({ TableName, Key: { pk: 'shaky', sk: `s${index}` } })).Item?.index).toBe(index);
  }
  await proxy.stop();
  expect(Object.values(proxy.counts()).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(10);
});

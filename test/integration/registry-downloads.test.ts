// Downloads over a real table: each counts once, few transactions are made for them, and none keeps a file from being given.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dynamoDownloads } from '../../lambdas/registry/adapters/dynamo-downloads.ts';
import { dynamoModelUsers } from '../../lambdas/registry/adapters/dynamo-model-users.ts';
import type { Download } from '../../lambdas/registry/ports/downloads.ts';
import type { TableClient } from '../../lambdas/shared/platform/table-client.ts';
import { createContextTable, type Emulator, startEmulator } from '../support/emulator.ts';

const TABLE = 'aimass-test-downloads';
const DAY_MS = 86_400_000;

let emulator: Emulator;
let client: DynamoDBDocument;
let model: string;
let modelCount = 0;
let transactCount = 0;
/** As DynamoDB answers whoever comes while others' transactions hold an item. */
let isContended = false;

/** An environment of its own: nothing remembered. */
const environment = () => {
  const uncounted: Download[] = [];
  const table: TableClient = {
    get: (input) => client.get(input),
    query: (input) => client.query(input),
    scan: (input) => client.scan(input),
    put: (input) => client.put(input),
    update: (input) => client.update(input),
    delete: (input) => client.delete(input),
    batchWrite: (input) => client.batchWrite(input),
    transactWrite: async (input) => {
      transactCount++;
      if (!isContended) return client.transactWrite(input);
      const CancellationReasons = [{ Code: 'None' }, { Code: 'TransactionConflict' }];
      throw Object.assign(new Error('contended'), { name: 'TransactionCanceledException', CancellationReasons });
    },
  };
  return { counts: dynamoDownloads(table, TABLE, (one) => uncounted.push(one)), uncounted };
};

const by = (countedAs: string, more: Partial<Download> = {}): Download => ({
  model,
  version: '1.0.0',
  countedAs,
  nowMs: 30 * DAY_MS,
  ...more,
});

beforeAll(async () => {
  emulator = await startEmulator();
  await createContextTable(emulator.endpoint, TABLE);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  client = DynamoDBDocument.from(new DynamoDBClient({ endpoint: emulator.endpoint, region: 'us-east-1', credentials }));
}, 60_000);

afterAll(async () => {
  client?.destroy();
  await emulator?.stop();
});

beforeEach(() => {
  model = `acme.m${modelCount++}`;
  transactCount = 0;
  isContended = false;
});

describe('downloads', () => {
  it('count once a day, in one transaction, however often and from wherever they come', async () => {
    const [one, other] = [environment(), environment()];
    for (let time = 0; time < 3; time++) {
      await one.counts.count(by('anonymous'));
      await other.counts.count(by('anonymous'));
    }
    expect([await one.counts.total(model), transactCount]).toEqual([1, 1]);
    await one.counts.count(by('anonymous', { nowMs: 31 * DAY_MS }));
    expect([await one.counts.total(model), transactCount]).toEqual([2, 2]);
  });

  it('count once where many environments see them at the same moment', async () => {
    await Promise.all(Array.from({ length: 8 }, () => environment().counts.count(by('acc_zoe'))));
    expect(await environment().counts.total(model)).toBe(1);
  });

  it('are given up, not refused, where others count all the time; and count when they come again', async () => {
    const { counts, uncounted } = environment();
    isContended = true;
    await counts.count(by('acc_zoe', { isUse: true }));
    expect([uncounted.length, await counts.total(model)]).toEqual([1, 0]);
    // Who was let in and fetched it may review it all the same.
    expect(await dynamoModelUsers(client, TABLE).uses('acc_zoe', model)).toBe(true);
    isContended = false;
    await counts.count(by('acc_zoe', { isUse: true }));
    expect([uncounted.length, await counts.total(model)]).toEqual([1, 1]);
  }, 30_000);
});

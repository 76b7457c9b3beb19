// A webhook's deliveries in the table: pages of one state have neither holes nor doubles.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { ulid } from 'ulidx';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dynamoDeliveries } from '../../lambdas/governance/adapters/dynamo-deliveries.ts';
import type { Delivery, DeliveryStore } from '../../lambdas/governance/ports.ts';
import { createContextTable, type Emulator, startEmulator } from '../support/emulator.ts';

const TABLE = 'aimass-test-governance';
const WEBHOOK = 'whk_1';
const states = ['pending', 'delivered', 'failed'] as const;

let emulator: Emulator;
let client: DynamoDBDocument;
let store: DeliveryStore;

const delivery = (index: number): Delivery => ({
  accountId: 'acc_1',
  webhookId: WEBHOOK,
  deliveryId: `evt_${ulid(1_800_000_000_000 + index)}`,
  type: 'model.changed',
  payload: '{}',
  // One in ten fails.
  state: index % 10 === 0 ? 'failed' : 'delivered',
  reason: undefined,
  attemptCount: 1,
  attempts: [],
  nextAttemptAtMs: undefined,
  dueMs: undefined,
  expiresAtMs: 1_900_000_000_000,
  revision: 1,
  createdAtMs: 0,
  updatedAtMs: 0,
});
const all = Array.from({ length: 130 }, (_, index) => delivery(index));

beforeAll(async () => {
  emulator = await startEmulator();
  await createContextTable(emulator.endpoint, TABLE);
  client = DynamoDBDocument.from(
    new DynamoDBClient({
      endpoint: emulator.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    }),
    { marshallOptions: { removeUndefinedValues: true } },
  );
  store = dynamoDeliveries(client, TABLE);
  for (const one of all) await store.create(one);
});

afterAll(async () => {
  client?.destroy();
  await emulator?.stop();
});

it.each([
  { state: undefined, limit: 50 },
  { state: undefined, limit: 130 },
  { state: 'failed', limit: 4 },
  { state: 'failed', limit: 13 },
  { state: 'delivered', limit: 100 },
  { state: 'pending', limit: 1 },
] as const)('of state $state are told newest first, $limit at a time', async ({ state, limit }) => {
  const told: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = await store.list({ webhookId: WEBHOOK, limit, after, state });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    told.push(...page.items.map(({ deliveryId }) => deliveryId));
    if (page.last === undefined) break;
    after = page.last;
  }
  const wanted = all.filter((one) => (state ? one.state === state : states.includes(one.state)));
  expect(told).toEqual(wanted.map(({ deliveryId }) => deliveryId).reverse());
});

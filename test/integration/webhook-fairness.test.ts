// What keeps one account's webhooks from holding up others', over a real queue and a real table.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dynamoProbes } from '../../lambdas/governance/adapters/dynamo-probes.ts';
import { sqsDeliveries } from '../../lambdas/governance/adapters/sqs-deliveries.ts';
import { PROBE_MS } from '../../lambdas/governance/domain/delivery.ts';
import { createContextTable, type Emulator, startEmulator } from '../support/emulator.ts';

const TABLE = 'aimass-test-governance';

let emulator: Emulator;
let client: DynamoDBDocument;
let sqs: SQSClient;

beforeAll(async () => {
  emulator = await startEmulator();
  await createContextTable(emulator.endpoint, TABLE);
  const at = {
    endpoint: emulator.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  client = DynamoDBDocument.from(new DynamoDBClient(at));
  sqs = new SQSClient({ ...at, useQueueUrlAsEndpoint: false });
}, 60_000);

afterAll(async () => {
  client?.destroy();
  sqs?.destroy();
  await emulator?.stop();
});

it('attempts are on the queue under their account, and held back as asked', async () => {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'attempts' }));
  const taskOf = (accountId: string) => ({ accountId, webhookId: 'whk_1', deliveryId: 'evt_1', revision: 1 });
  await sqsDeliveries(sqs, QueueUrl).put([taskOf('acc_1'), taskOf('acc_2'), taskOf('acc_2')]);
  await sqsDeliveries(sqs, QueueUrl).put([taskOf('acc_3')], 60_000);
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      MessageSystemAttributeNames: ['MessageGroupId'],
    }),
  );
  const groups = Messages.map(({ Attributes, Body = '' }) => [Attributes?.MessageGroupId, JSON.parse(Body).accountId]);
  expect(groups.sort()).toEqual([
    ['acc_1', 'acc_1'],
    ['acc_2', 'acc_2'],
    ['acc_2', 'acc_2'],
  ]);
});

it('one of many has a failing webhook for itself, until its time is up', async () => {
  const probes = dynamoProbes(client, TABLE);
  const take = (nowMs: number) => Promise.all(Array.from({ length: 8 }, () => probes.take('whk_1', nowMs)));
  expect((await take(0)).filter(Boolean)).toHaveLength(1);
  expect((await take(PROBE_MS - 1)).filter(Boolean)).toHaveLength(0);
  expect((await take(PROBE_MS)).filter(Boolean)).toHaveLength(1);
  expect(await probes.take('whk_2', 0)).toBe(true);
});

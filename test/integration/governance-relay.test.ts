// The relay on the emulator: what enters an outbox reaches a queue through a rule of the bus, whatever dies in between.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { dynamoOutboxes } from '../../lambdas/governance/adapters/dynamo-outboxes.ts';
import { eventBridgeBus } from '../../lambdas/governance/adapters/event-bridge-bus.ts';
import { relayEvents, SWEEP_AFTER_MS, sweepOutboxes } from '../../lambdas/governance/domain/relay-events.ts';
import type { OutboxEvent } from '../../lambdas/governance/ports.ts';
import { type DomainEvent, OUTBOX_SHARDS, outboxItem, outboxKey } from '../../lambdas/shared/platform/events.ts';
import { createContextTable, startEmulator } from '../support/emulator.ts';

const BUS = 'relay-test';
const TABLES = ['aimass-relay-registry', 'aimass-relay-billing'];
const nowMs = Date.now();

let emulator: Awaited<ReturnType<typeof startEmulator>>;
let documents: DynamoDBDocument;
let events: EventBridgeClient;
let queues: SQSClient;
let queueUrl: string;

const event = (subject: string): DomainEvent => ({
  source: 'aimass.registry',
  type: 'VersionCompleted.v1',
  accountId: 'acc_01JDA8Z5V4W1T4E5R6T7Y8V9P0',
  subject,
  data: { text: 'ünï "quoted"' },
});

/** Writes outbox items as a context would, at an instant. @returns their ids */
const write = async (table: string, subjects: readonly string[], atMs: number) => {
  const items = subjects.map((subject) => outboxItem(event(subject), atMs));
  for (const item of items) await documents.put({ TableName: table, Item: item });
  return items.map(({ sk }) => sk);
};

const waiting = async (): Promise<string[]> => {
  const ids: string[] = [];
  for (const table of TABLES) {
    for (let shard = 0; shard < OUTBOX_SHARDS; shard++) {
      const page = await documents.query({
        TableName: table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': outboxKey(shard) },
      });
      ids.push(...(page.Items ?? []).map((item) => String(item.sk)));
    }
  }
  return ids;
};

/** Details of the queue's messages, taken until `count` came or nothing more does. */
const receive = async (count: number) => {
  const details: { id: string; subject: string }[] = [];
  for (let empty = 0; details.length < count && empty < 5; ) {
    const { Messages = [] } = await queues.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
    );
    if (Messages.length === 0) empty++;
    for (const message of Messages) details.push(JSON.parse(message.Body ?? '{}').detail);
    if (Messages.length > 0) {
      const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await queues.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    }
  }
  return details;
};

/** An item as a stream writes it. */
const marshall = (item: object) =>
  Object.fromEntries(
    Object.entries(item).map(([name, value]) => [name, typeof value === 'number' ? { N: `${value}` } : { S: value }]),
  );

/** A new outbox item in a stream's batch. */
const streamRecord = (item: ReturnType<typeof outboxItem>) => ({
  eventName: 'INSERT',
  eventSourceARN: `arn:aws:dynamodb:us-east-1:000000000000:table/${TABLES[0]}/stream/2026-11-23T00:00:00.000`,
  dynamodb: { Keys: marshall({ pk: item.pk, sk: item.sk }), NewImage: marshall(item) },
});

const left: string[] = [];
const ports = () => ({
  outboxes: dynamoOutboxes(documents, TABLES, (where, fault) => {
    throw new Error(`unreadable: ${where}`, { cause: fault });
  }),
  bus: eventBridgeBus(events, BUS),
  onLeft: ({ id }: OutboxEvent) => left.push(id),
});

beforeAll(async () => {
  emulator = await startEmulator();
  const place = {
    endpoint: emulator.endpoint,
    region: emulator.env.AWS_REGION ?? 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  documents = DynamoDBDocument.from(new DynamoDBClient(place));
  events = new EventBridgeClient(place);
  queues = new SQSClient({ ...place, useQueueUrlAsEndpoint: false });
  for (const table of TABLES) await createContextTable(emulator.endpoint, table);
  await events.send(new CreateEventBusCommand({ Name: BUS }));
  queueUrl = (await queues.send(new CreateQueueCommand({ QueueName: 'relay-test' }))).QueueUrl ?? '';
  const { Attributes } = await queues.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['QueueArn'] }),
  );
  const pattern = { source: ['aimass.registry'], 'detail-type': ['VersionCompleted.v1'] };
  await events.send(
    new PutRuleCommand({ Name: 'completed', EventBusName: BUS, EventPattern: JSON.stringify(pattern) }),
  );
  await events.send(
    new PutTargetsCommand({
      Rule: 'completed',
      EventBusName: BUS,
      Targets: [{ Id: 'queue', Arn: Attributes?.QueueArn ?? '' }],
    }),
  );
});

afterAll(() => {
  vi.restoreAllMocks();
  return emulator?.stop();
});

describe('the relay', () => {
  it('carries what waits in every table and shard to the bus’s rules, and empties the outboxes', async () => {
    const names = Array.from({ length: 13 }, (_, index) => `acme.m${index}`);
    const written = [
      ...(await write(TABLES[0] ?? '', names, nowMs - 60_000)),
      ...(await write(TABLES[1] ?? '', names, nowMs - 60_000)),
    ];
    expect(await sweepOutboxes(ports(), nowMs)).toEqual({ publishedCount: 26, leftCount: 0 });
    const details = await receive(26);
    expect(details.map(({ id }) => id).sort()).toEqual(written.sort());
    expect(details[0]).toMatchObject({ accountId: event('').accountId, data: { text: 'ünï "quoted"' } });
    expect(await waiting()).toEqual([]);
  });

  it('leaves an event to the stream until it has waited for long enough', async () => {
    const [id] = await write(TABLES[0] ?? '', ['acme.young'], nowMs);
    expect(await sweepOutboxes(ports(), nowMs + SWEEP_AFTER_MS)).toEqual({ publishedCount: 0, leftCount: 0 });
    expect(await waiting()).toEqual([id]);
    expect(await sweepOutboxes(ports(), nowMs + SWEEP_AFTER_MS + 1)).toEqual({ publishedCount: 1, leftCount: 0 });
    expect((await receive(1)).map((detail) => detail.id)).toEqual([id]);
  });

  it('delivers by the sweep what died before it was published', async () => {
    const [id] = await write(TABLES[0] ?? '', ['acme.before'], nowMs);
    const dead = { ...ports(), bus: { publish: () => Promise.reject(new Error('killed')) } };
    for await (const page of ports().outboxes.waitingSince(nowMs + 1)) await relayEvents(dead, page);
    expect(left).toEqual([id]);
    expect(await waiting()).toEqual([id]);
    await sweepOutboxes(ports(), nowMs + 60_000);
    expect((await receive(1)).map((detail) => detail.id)).toEqual([id]);
    expect(await waiting()).toEqual([]);
  });

  it('repeats what died between publishing and removing, under the same id, and loses nothing', async () => {
    const [id] = await write(TABLES[1] ?? '', ['acme.between'], nowMs);
    const whole = ports();
    const dead = { ...whole, outboxes: { ...whole.outboxes, remove: () => Promise.reject(new Error('killed')) } };
    await sweepOutboxes(dead, nowMs + 60_000);
    await sweepOutboxes(whole, nowMs + 60_000);
    expect((await receive(2)).map((detail) => detail.id)).toEqual([id, id]);
    expect(await waiting()).toEqual([]);
  });

  it('is wired into the function, for a stream’s batch and for a tick of the schedule', async () => {
    Object.assign(process.env, emulator.env, { OUTBOX_TABLES: TABLES.join(), EVENT_BUS_NAME: BUS });
    const { handler } = await import('../../lambdas/governance/handlers/relay.ts');
    const fresh = outboxItem(event('acme.fresh'), nowMs);
    await documents.put({ TableName: TABLES[0], Item: fresh });
    const [stale] = await write(TABLES[1] ?? '', ['acme.stale'], nowMs);
    await handler({ Records: [streamRecord(fresh)] });
    expect((await receive(1)).map((detail) => detail.id)).toEqual([fresh.sk]);
    expect(await waiting()).toEqual([stale]);
    vi.spyOn(Date, 'now').mockReturnValue(nowMs + 60_000);
    const tick = { source: 'aws.events', 'detail-type': 'Scheduled Event' };
    await handler(tick);
    expect((await receive(1)).map((detail) => detail.id)).toEqual([stale]);
    expect(await waiting()).toEqual([]);
    // With the bus away a stream's batch passes quietly, and the sweep fails so that its alarm rings.
    const [stuck] = await write(TABLES[1] ?? '', ['acme.stuck'], nowMs);
    const away = vi.spyOn(EventBridgeClient.prototype, 'send').mockImplementation(() => {
      throw new Error('the bus is away');
    });
    const item = outboxItem(event('acme.streamed'), nowMs);
    await handler({ Records: [streamRecord(item)] });
    await expect(handler(tick)).rejects.toThrow('left 1 events');
    away.mockRestore();
    expect(await waiting()).toEqual([stuck]);
    await handler(tick);
    expect((await receive(1)).map((detail) => detail.id)).toEqual([stuck]);
  });
});

// How often models are used, against the real cloud: calls of two accounts come to the catalogue through billing's seals,
// each once; publishers do not count for themselves, and nobody is told who called.
import { readFileSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { ulid } from 'ulidx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signedTransport } from '../../lambdas/billing/adapters/signed-transport.ts';
import { createBilling } from '../../lambdas/billing/gateway.ts';
import { userKey } from '../../lambdas/registry/adapters/dynamo-model-users.ts';
import { statsKey } from '../../lambdas/registry/adapters/stats-item.ts';
import { clientConfig } from '../../local/ministack.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { awaitLines } from '../support/cloud-logs.ts';
import { type Answer, Person } from '../support/person.ts';
import { publishModel } from '../support/publish.ts';

const iris = readFileSync(new URL('../../local/demo/models/iris.onnx', import.meta.url));
const input = { name: 'X', datatype: 'FP32', shape: [1, 4], data: [5.1, 3.5, 1.4, 0.2] };
/** Of the way through outbox, bus and queue; what is slow here is the machine. */
const settled = { timeout: 60_000, interval: 500 };
/** The rest of a minute, and the two that a late call is waited for. */
const sealed = { timeout: 300_000, interval: 5_000 };
const DAY_MS = 86_400_000;
const BUS = 'aimass-dev';

let cloud: Cloud;
let client: DynamoDBDocument;
let lambda: LambdaClient;
let publisher: Person;
let ann: Person;
let ben: Person;
let handle: string;
let busy: string;
let idle: string;
/** Called as anybody calls: what is counted of it comes minutes later, at the end of this story. */
let live: string;

const must = async (answering: Promise<Answer>, status: number) => {
  const answer = await answering;
  expect([answer.status, answer.body]).toEqual([status, answer.body]);
  return answer.body;
};
const accountOf = async (person: Person): Promise<string> => (await must(person.as('GET', '/v1/account'), 200)).id;
const usageOf = async (model: string) => (await must(ann.byKey('GET', `/v1/models/${model}`), 200)).usage;
const byUsage = async (): Promise<[name: string, callCount: number][]> =>
  (await must(ann.byKey('GET', `/v1/models?publisher=${handle}&sort=-usage`), 200)).items
    .map(({ name, usage }: { name: string; usage: { callCount: number } }) => [name, usage.callCount])
    .filter(([name]: [string, number]) => name !== live);

const item = async (Key: { pk: string; sk: string }) =>
  (await client.get({ TableName: cloud.deployment['aimass-dev-data'].RegistryTable, Key, ConsistentRead: true })).Item;

const call = (person: Person, model: string) =>
  must(person.byKey('POST', `/v2/models/${model}/infer`, { inputs: [input] }), 200);

/** A call as the function that answers it records it, three days ago: its minute, hour and day are over. */
const callThen = async (person: Person, model: string, atMs: number): Promise<void> => {
  const billing = createBilling({
    table: cloud.deployment['aimass-dev-data'].BillingTable,
    client,
    transport: signedTransport({ env: cloud.env, timeoutMs: 20_000 }),
    clock: () => atMs,
  });
  const { id, user } = await must(person.as('GET', '/v1/account'), 200);
  await billing.charge({
    accountId: id,
    ownerAccountId: await accountOf(publisher),
    inferenceId: `inf_${ulid(atMs)}`,
    model,
    version: '1.0.0',
    price: { perCallMicros: '0', perRowMicros: '0', version: 1 },
    rowCount: 1,
    keyId: undefined,
    userId: user.id,
    lane: 'run-2gib',
    compute: { memoryMiB: 2048, ms: 5 },
    idempotency: undefined,
  });
};

const seal = async (): Promise<void> => {
  const answer = await lambda.send(new InvokeCommand({ FunctionName: 'aimass-dev-billing-sealer' }));
  expect([answer.FunctionError, Buffer.from(answer.Payload ?? []).toString()]).toEqual([undefined, 'null']);
};

beforeAll(async () => {
  cloud = await startCloud();
  const at = clientConfig({ port: cloud.state.emulatorPort });
  client = DynamoDBDocument.from(new DynamoDBClient(at), { marshallOptions: { removeUndefinedValues: true } });
  lambda = new LambdaClient(at);
  [publisher, ann, ben] = (await Promise.all(
    ['publisher', 'ann', 'ben'].map((name) => new Person(cloud, name).join()),
  )) as [Person, Person, Person];
  handle = `used-${Math.random().toString(36).slice(2, 8)}`;
  await must(publisher.as('PATCH', '/v1/account', { handle }), 200);
  for (const person of [publisher, ann, ben]) await person.makeKey(['models:read', 'models:write', 'infer']);
  [busy, idle, live] = [`${handle}.busy`, `${handle}.idle`, `${handle}.live`];
  for (const name of [live, idle, busy]) await publishModel(publisher, { name, bytes: iris });
  await Promise.all([call(ann, live), call(ben, live), call(publisher, live)]);
}, 240_000);

afterAll(async () => {
  client?.destroy();
  lambda?.destroy();
  await cloud?.stop();
});

describe('calls', () => {
  it('count for the model and for who made them, and the publisher’s own do not', async () => {
    const atMs = Date.now() - 3 * DAY_MS;
    for (let calls = 0; calls < 3; calls++) await callThen(ann, busy, atMs + calls);
    await callThen(ben, busy, atMs);
    await callThen(publisher, busy, atMs);
    await callThen(ben, idle, atMs + 60_000);
    expect(await usageOf(busy)).toEqual({ callCount: 0, callerCount: null, downloadCount: 0 });
    await seal();
    await expect.poll(() => usageOf(busy), settled).toEqual({ callCount: 4, callerCount: null, downloadCount: 0 });
    await expect.poll(() => usageOf(idle), settled).toMatchObject({ callCount: 1 });
    expect(await item(statsKey(busy))).toMatchObject({ schema: 1, callCount: 4, callerCount: 2 });
    const minuteMs = atMs - (atMs % 60_000);
    expect(await item(userKey(busy, await accountOf(ann)))).toMatchObject({
      schema: 1,
      callCount: 3,
      firstUsedAtMs: minuteMs,
      lastUsedAtMs: minuteMs,
    });
    expect(await item(userKey(busy, await accountOf(publisher)))).toBeUndefined();
  });

  it('order the catalogue within seconds of being counted', async () => {
    await expect.poll(byUsage, settled).toEqual([
      [busy, 4],
      [idle, 1],
    ]);
  });

  it('are told to the publisher as numbers, never as callers', async () => {
    const told = JSON.stringify(await must(publisher.byKey('GET', `/v1/models/${busy}`), 200));
    for (const person of [ann, ben]) expect(told).not.toContain(await accountOf(person));
    expect(JSON.stringify(await must(publisher.byKey('GET', `/v1/models/${busy}/history`), 200))).not.toContain(
      'ModelStatsChanged',
    );
  });

  it('count once when their event is told again', async () => {
    const accountId = await accountOf(ben);
    const detail = {
      id: `evt_${ulid()}`,
      at: new Date().toISOString(),
      accountId,
      subject: accountId,
      data: { minute: '2026-11-23T20:46', models: [{ model: idle, calls: 9, rows: 9 }] },
    };
    const events = new EventBridgeClient(clientConfig({ port: cloud.state.emulatorPort }));
    const tell = async () => {
      const entry = { Source: 'aimass.billing', DetailType: 'UsageSealed.v1', Detail: JSON.stringify(detail) };
      const { FailedEntryCount } = await events.send(
        new PutEventsCommand({ Entries: [{ ...entry, EventBusName: BUS }] }),
      );
      expect(FailedEntryCount).toBe(0);
    };
    await tell();
    await expect.poll(() => usageOf(idle), settled).toMatchObject({ callCount: 10 });
    await tell();
    await tell();
    await awaitLines(cloud, 'registry-count', (line) => line.work === 'count' && Number(line.knownCount) > 0);
    events.destroy();
    expect(await usageOf(idle)).toMatchObject({ callCount: 10 });
    expect(await item(statsKey(idle))).toMatchObject({ callCount: 10, callerCount: 1 });
    await expect.poll(byUsage, settled).toEqual([
      [idle, 10],
      [busy, 4],
    ]);
  });

  it('make whoever made them a verified user', async () => {
    const review = { rating: 5, text: 'Knows its irises' };
    await must(ann.byKey('PUT', `/v1/models/${busy}/reviews/mine`, review), 201);
    expect((await ann.byKey('PUT', `/v1/models/${idle}/reviews/mine`, review)).body.code).toBe('review_needs_use');
    expect(await item(statsKey(busy))).toMatchObject({ callCount: 4, ratingCount: 1 });
  });
});

describe('downloads', () => {
  it('are told beside the calls, and by the Hub’s protocol', async () => {
    const file = `/v1/models/${busy}/versions/1.0.0/files/model.onnx`;
    for (const person of [ann, ann, ben, publisher]) await must(person.byKey('GET', file), 302);
    expect(await usageOf(busy)).toMatchObject({ downloadCount: 2 });
    const repo = await must(ann.byKey('GET', `/hf/api/models/${handle}/busy`), 200);
    expect([repo.downloads, repo.downloadsAllTime]).toEqual([2, 2]);
  });
});

describe('a call that was answered just now', () => {
  it('counts once its minute is sealed', { timeout: 360_000 }, async () => {
    const counted = async () => {
      await seal();
      return usageOf(live);
    };
    await expect.poll(counted, sealed).toEqual({ callCount: 2, callerCount: null, downloadCount: 0 });
    expect(await item(userKey(live, await accountOf(publisher)))).toBeUndefined();
  });
});

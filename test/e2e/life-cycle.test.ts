// A version's whole life on the deployed cloud: published, followed by one that would break its callers, deprecated,
// retired by the clock, purged, and what is left of it; then the end of models and of the account that made them.
import { readFileSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { HeadObjectCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessKey } from '../../lambdas/registry/adapters/access-reads.ts';
import { DUE, dueItem, dueKey } from '../../lambdas/registry/adapters/due-items.ts';
import { dynamoAccess } from '../../lambdas/registry/adapters/dynamo-access.ts';
import { dueOfSubscription } from '../../lambdas/registry/domain/due-of.ts';
import type { DueItem } from '../../lambdas/registry/ports/life.ts';
import { outboxItem } from '../../lambdas/shared/platform/events.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { Person } from '../support/person.ts';
import { publishModel, submitModel } from '../support/publish.ts';

const demoModel = (name: string) => readFileSync(new URL(`../../local/demo/models/${name}.onnx`, import.meta.url));
const input = { name: 'X', datatype: 'FP32', shape: [1, 4], data: [5.1, 3.5, 1.4, 0.2] };
/** Deprecation is seen within five seconds; there is time to look. */
const NOTICE_MS = 25_000;
const PATIENCE = { timeout: 90_000, interval: 1_000 };

let cloud: Cloud;
let publisher: Person;
let subscriber: Person;
let handle: string;
let client: DynamoDBDocument;
let lambda: LambdaClient;
let s3: S3Client;

const name = () => `${handle}.iris`;
const path = (version: string) => `/v1/models/${name()}/versions/${version}`;
const ask = (version: string) =>
  publisher.byKey('POST', `/v2/models/${name()}/versions/${version}/infer`, { inputs: [input] });
const state = async (version: string) => (await publisher.byKey('GET', path(version))).body.state;

const runJob = async () => {
  const answer = await lambda.send(
    new InvokeCommand({ FunctionName: 'aimass-dev-registry-retire', Payload: Buffer.from('{"source":"aws.events"}') }),
  );
  expect([answer.FunctionError, Buffer.from(answer.Payload ?? []).toString()]).toEqual([undefined, 'null']);
};

/** The period of the model's subscriptions is over, as if it were a month later. */
const endPeriod = async (model: string) => {
  const TableName = cloud.deployment['aimass-dev-data'].RegistryTable;
  const overMs = Date.now() - 120_000;
  for await (const access of dynamoAccess(client, TableName ?? '').ofModel(model, undefined)) {
    const { accountId, subscription } = access;
    if (!subscription) continue;
    const due = dueOfSubscription(subscription);
    const ended = { ...subscription, endsAtMs: overMs, updatedAtMs: overMs - 1 };
    const Key = accessKey(model, accountId);
    const change = { UpdateExpression: 'SET subscription = :ended', ExpressionAttributeValues: { ':ended': ended } };
    await client.update({ TableName, Key, ...change });
    await client.delete({ TableName, Key: dueKey(due as DueItem) });
    const Item = { ...dueKey({ ...(due as DueItem), atMs: overMs }), schema: 1, ...due, atMs: overMs };
    await client.put({ TableName, Item });
  }
  // A deleted model's end was put off until then.
  const KeyConditionExpression = 'pk = :due';
  const { Items = [] } = await client.query({
    TableName,
    KeyConditionExpression,
    ExpressionAttributeValues: { ':due': DUE },
  });
  for (const item of Items.filter((one) => one.kind === 'withdrawal' && one.model === model)) {
    await client.delete({ TableName, Key: { pk: item.pk, sk: item.sk } });
    const moved = { ...dueItem.parse(item), atMs: overMs };
    await client.put({ TableName, Item: { ...dueKey(moved), schema: 1, ...moved } });
  }
};

const isStored = async (sha256: string): Promise<boolean> => {
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  const Bucket = Buckets.find(({ Name }) => Name?.includes('artifacts'))?.Name;
  return s3.send(new HeadObjectCommand({ Bucket, Key: `sha256/${sha256}` })).then(
    () => true,
    () => false,
  );
};

beforeAll(async () => {
  cloud = await startCloud();
  const at = {
    endpoint: cloud.endpoint,
    region: cloud.outputs.region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  client = DynamoDBDocument.from(new DynamoDBClient(at), { marshallOptions: { removeUndefinedValues: true } });
  lambda = new LambdaClient(at);
  s3 = new S3Client({ ...at, forcePathStyle: true });
  publisher = await new Person(cloud, 'publisher').join();
  subscriber = await new Person(cloud, 'subscriber').join();
  await subscriber.makeKey(['models:read', 'infer', 'billing:read', 'billing:write']);
  handle = `life-${Math.random().toString(36).slice(2, 8)}`;
  await publisher.as('PATCH', '/v1/account', { handle });
  await publisher.makeKey(['models:read', 'models:write', 'infer']);
});

afterAll(async () => {
  client?.destroy();
  lambda?.destroy();
  s3?.destroy();
  await cloud?.stop();
});

describe('the life of a version', () => {
  it('is not followed by one that would break its callers, but under a number that says so', async () => {
    await publishModel(publisher, { name: name(), bytes: demoModel('iris') });
    await submitModel(publisher, { name: name(), version: '1.1.0', bytes: demoModel('wine') });
    const refused = await publisher.byKey('POST', `${path('1.1.0')}/publish`);
    expect([refused.status, refused.body.code]).toEqual([409, 'breaking_change']);
    expect(refused.body.detail).toContain("'2.0.0'");
    expect(refused.body.errors.length).toBeGreaterThan(0);
    await publishModel(publisher, { name: name(), version: '2.0.0', bytes: demoModel('wine') });
  });

  it('ends for others with a week of notice only', async () => {
    const sunsetAt = new Date(Date.now() + NOTICE_MS).toISOString();
    const refused = await publisher.byKey('POST', `${path('1.0.0')}/deprecate`, { sunsetAt, reason: 'replaced' });
    expect([refused.status, refused.body.code]).toEqual([422, 'notice_too_short']);
    const early = await publisher.byKey('POST', `${path('1.0.0')}/retire`, { reason: 'replaced' });
    expect([early.status, early.body.code]).toEqual([409, 'notice_required']);
  });

  it('is told with every answer once it is deprecated, and ends by the clock', async () => {
    const hidden = await publisher.byKey('PATCH', `/v1/models/${name()}`, { visibility: 'private' });
    expect(hidden.status).toBe(200);
    const noticed = async (successor: string) => {
      const sunsetAt = new Date(Date.now() + NOTICE_MS).toISOString();
      const wanted = { sunsetAt, successor, reason: 'replaced by wine' };
      return publisher.byKey('POST', `${path('1.0.0')}/deprecate`, wanted);
    };
    expect((await noticed('2.0.0')).body.state).toBe('deprecated');
    // Taken back, and given again.
    expect((await publisher.byKey('POST', `${path('1.0.0')}/undeprecate`)).body.state).toBe('published');
    const { body } = await noticed('2.0.0');
    await expect.poll(async () => (await ask('1.0.0')).headers.get('deprecation'), PATIENCE).toMatch(/^@\d{10}$/);
    const { headers } = await ask('1.0.0');
    expect(Date.parse(headers.get('sunset') ?? '')).toBe(
      Math.floor(Date.parse(body.deprecation.sunsetAt) / 1000) * 1000,
    );
    expect(headers.get('link')).toBe(`</v2/models/${name()}/versions/2.0.0>; rel="successor-version"`);
    const metadata = await publisher.byKey('GET', `/v2/models/${name()}/versions/1.0.0`);
    expect(metadata.headers.get('sunset')).toBe(headers.get('sunset'));

    await expect.poll(async () => (await ask('1.0.0')).body.code, PATIENCE).toBe('version_retired');
    expect((await ask('1.0.0')).body.detail).toContain("'2.0.0'");
    await expect.poll(async () => runJob().then(() => state('1.0.0')), PATIENCE).toBe('retired');
  });

  it('leaves a receipt when its files are gone', async () => {
    const { artifact } = (await publisher.byKey('GET', path('1.0.0'))).body;
    const receipt = () => publisher.byKey('GET', `${path('1.0.0')}/receipt`);
    await expect.poll(async () => runJob().then(async () => (await receipt()).status), PATIENCE).toBe(200);
    const { body } = await receipt();
    expect(body).toMatchObject({ rule: 'sunset', by: { kind: 'platform' } });
    expect(body.objects).toContainEqual({ kind: 'artifact', ...artifact, outcome: 'deleted' });
    expect(await isStored(artifact.sha256)).toBe(false);
    const history = await publisher.byKey('GET', `/v1/models/${name()}/history`);
    const told = history.body.items.filter(({ version }: { version: string }) => version === '1.0.0');
    expect(told.map(({ event, to }: { event: string; to: string }) => `${event} ${to}`)).toEqual([
      'VersionPurged.v1 retired',
      'VersionRetired.v1 retired',
      'VersionDeprecated.v1 deprecated',
      'VersionUndeprecated.v1 published',
      'VersionDeprecated.v1 deprecated',
      'ModelPublished.v1 published',
      'VersionValidated.v1 validated',
      'VersionCompleted.v1 scanning',
      'VersionCreated.v1 draft',
    ]);
  });
});

describe('the end of models', () => {
  it('keeps bytes that another version was made of', async () => {
    const { artifact } = (await publisher.byKey('GET', path('2.0.0'))).body;
    expect((await publisher.byKey('POST', `${path('1.1.0')}/retire`, { reason: 'was to be 2.0.0' })).status).toBe(200);
    const receipt = () => publisher.byKey('GET', `${path('1.1.0')}/receipt`);
    await expect.poll(async () => runJob().then(async () => (await receipt()).status), PATIENCE).toBe(200);
    expect((await receipt()).body.objects).toContainEqual({ kind: 'artifact', ...artifact, outcome: 'kept' });
    expect(await isStored(artifact.sha256)).toBe(true);
  });

  it('comes when it is asked for by name', async () => {
    const unsure = await publisher.byKey('DELETE', `/v1/models/${name()}?confirm=iris&reason=over`);
    expect([unsure.status, unsure.body.code]).toEqual([422, 'confirmation_required']);
    expect((await publisher.byKey('DELETE', `/v1/models/${name()}?confirm=${name()}&reason=over`)).status).toBe(202);
    await expect.poll(async () => (await ask('2.0.0')).body.code, PATIENCE).toBe('model_withdrawn');
    await expect.poll(async () => runJob().then(() => state('2.0.0')), PATIENCE).toBe('retired');
  });

  it('leaves who pays what was paid for until the period ends, and then nothing', async () => {
    const paid = `${handle}.paid`;
    await publishModel(publisher, { name: paid, bytes: demoModel('iris') });
    const offer = await publisher.byKey('POST', `/v1/models/${paid}/offers`, { name: 'Free', kind: 'free' });
    const wanted = { model: paid, offerId: offer.body.id };
    expect((await subscriber.byKey('POST', '/v1/subscriptions', wanted)).status).toBe(201);
    await publisher.byKey('DELETE', `/v1/models/${paid}?confirm=${paid}&reason=over`);
    await runJob();
    const call = (person: Person) => person.byKey('POST', `/v2/models/${paid}/infer`, { inputs: [input] });
    await expect.poll(async () => (await call(publisher)).body.code, PATIENCE).toBe('model_withdrawn');
    expect((await call(subscriber)).status).toBe(200);
    const { items } = (await subscriber.byKey('GET', '/v1/subscriptions')).body;
    expect(items[0]).toMatchObject({ state: 'canceling', endsAt: items[0].period.end });
    expect((await publisher.byKey('GET', `/v1/models/${paid}/versions/1.0.0`)).body.state).toBe('published');

    await endPeriod(paid);
    await expect.poll(async () => (await call(subscriber)).body.code, PATIENCE).toBe('model_not_found');
    await runJob();
    expect((await publisher.byKey('GET', `/v1/models/${paid}/versions/1.0.0`)).body.state).toBe('retired');
  });

  it('comes with that of the account that made them', async () => {
    const other = `${handle}.last`;
    await publishModel(publisher, { name: other, bytes: demoModel('iris') });
    const { id } = (await publisher.as('GET', '/v1/account')).body;
    const event = { source: 'aimass.accounts', type: 'AccountDeleted.v1', accountId: id, subject: id } as const;
    const Item = outboxItem({ ...event, data: { kind: 'personal' } }, Date.now());
    await client.put({ TableName: cloud.deployment['aimass-dev-data'].AccountsTable, Item });
    const withdrawnAt = async () => (await publisher.byKey('GET', `/v1/models/${other}`)).body.withdrawnAt;
    await expect.poll(withdrawnAt, PATIENCE).toBeDefined();
  });
});

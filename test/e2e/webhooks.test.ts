// A publisher is told of what happens to a model: by signed webhooks that a customer's own receiver verifies.
import { readFileSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { toDeliveryItem } from '../../lambdas/governance/adapters/webhook-items.ts';
import { newDelivery } from '../../lambdas/governance/domain/delivery.ts';
import { newId } from '../../lambdas/shared/platform/new-id.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { awaitLines } from '../support/cloud-logs.ts';
import { type HookReceiver, type Received, startHookReceiver, verified } from '../support/hook-receiver.ts';
import { Person } from '../support/person.ts';
import { publishModel } from '../support/publish.ts';

const iris = readFileSync(new URL('../../local/demo/models/iris.onnx', import.meta.url));
const patience = { timeout: 40_000, interval: 250 };

let cloud: Cloud;
let publisher: Person;
let stranger: Person;
let handle: string;
let receiver: HookReceiver;
let client: DynamoDBDocument;
let lambda: LambdaClient;

beforeAll(async () => {
  cloud = await startCloud();
  const at = {
    endpoint: cloud.endpoint,
    region: cloud.outputs.region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  client = DynamoDBDocument.from(new DynamoDBClient(at), { marshallOptions: { removeUndefinedValues: true } });
  lambda = new LambdaClient(at);
  receiver = await startHookReceiver();
  publisher = await new Person(cloud, 'publisher').join();
  stranger = await new Person(cloud, 'stranger').join();
  handle = `hook-${Math.random().toString(36).slice(2, 8)}`;
  await publisher.as('PATCH', '/v1/account', { handle });
  await publisher.makeKey(['models:read', 'models:write', 'infer', 'admin']);
});

afterAll(async () => {
  client?.destroy();
  lambda?.destroy();
  await receiver?.stop();
  await cloud?.stop();
});

beforeEach(() => receiver.answerWith(() => ({ status: 204 })));

/** A webhook that leads to a path of the receiver. */
const makeWebhook = async (path: string, events: readonly string[] = ['*']) => {
  const made = await publisher.byKey('POST', '/v1/webhooks', { url: `${receiver.url}${path}`, events });
  expect([made.status, made.body.secret]).toEqual([201, expect.stringMatching(/^whsec_/)]);
  return { id: made.body.id as string, secret: made.body.secret as string, path, accountId: '' };
};

const at = (path: string): readonly Received[] => receiver.received.filter((message) => message.path === path);

const sendTest = async (webhook: { id: string }) => {
  const sent = await publisher.byKey('POST', `/v1/webhooks/${webhook.id}/test`);
  expect([sent.status, sent.body.type, sent.body.state]).toEqual([202, 'webhook.test', 'pending']);
  return sent.body.id as string;
};

const deliveryOf = async (webhook: { id: string }, id: string) =>
  (await publisher.byKey('GET', `/v1/webhooks/${webhook.id}/deliveries/${id}`)).body;

const invokeSweep = async () => {
  const answer = await lambda.send(
    new InvokeCommand({
      FunctionName: 'aimass-dev-governance-deliver',
      Payload: Buffer.from('{"source":"aws.events"}'),
    }),
  );
  expect([answer.FunctionError, Buffer.from(answer.Payload ?? []).toString()]).toEqual([undefined, 'null']);
};

describe('a publisher', () => {
  it('is told of a model’s way to its callers, by messages that a customer’s library verifies', async () => {
    const all = await makeWebhook('/all');
    const some = await makeWebhook('/some', ['version.validated']);
    const model = `${handle}.iris`;
    await publishModel(publisher, { name: model, bytes: iris });
    await expect
      .poll(() => at('/all').map((message) => verified(all.secret, message).type), patience)
      .toEqual(expect.arrayContaining(['version.uploaded', 'version.validated', 'model.published']));
    const published = at('/all')
      .map((message) => verified(all.secret, message))
      .find(({ type }) => type === 'model.published');
    expect(published).toMatchObject({ data: { model, version: '1.0.0', latest: true, subject: model } });
    expect(at('/some').map((message) => verified(some.secret, message).type)).toEqual(['version.validated']);
    // Each says the same to every webhook, under one id, and is signed for that webhook alone.
    const [only] = at('/some') as [Received];
    const same = at('/all').find((message) => message.headers['webhook-id'] === only.headers['webhook-id']);
    expect(same?.body).toBe(only.body);
    expect(() => verified(all.secret, only)).toThrow('No matching signature');
    expect(() => verified(some.secret, { ...only, body: only.body.replace('1.0.0', '1.0.1') })).toThrow();
    const listed = await publisher.byKey('GET', `/v1/webhooks/${some.id}/deliveries`);
    expect(listed.body.items).toMatchObject([{ id: only.headers['webhook-id'], state: 'delivered', attemptCount: 1 }]);
    const inState = async (state: string) =>
      (await publisher.byKey('GET', `/v1/webhooks/${some.id}/deliveries?state=${state}`)).body.items;
    expect([await inState('delivered'), await inState('failed')]).toEqual([listed.body.items, []]);
  });

  it('who makes a webhook with a first call has an account from then on, and nothing is told to others', async () => {
    expect((await stranger.as('GET', '/v1/webhooks')).body.items).toEqual([]);
    const { id } = await makeWebhook('/own');
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/test'],
      ['POST', '/rotate-secret'],
      ['GET', '/deliveries'],
    ] as const) {
      const { status, body } = await stranger.as(method, `/v1/webhooks/${id}${path}`);
      expect([status, body.code]).toEqual([404, 'webhook_not_found']);
    }
    expect((await publisher.byKey('DELETE', `/v1/webhooks/${id}`)).status).toBe(204);
    expect((await publisher.byKey('GET', `/v1/webhooks/${id}`)).status).toBe(404);
  });

  it.each(['https://169.254.169.254/latest', 'https://[::1]/', 'http://example.com/', 'https://a:b@example.com/'])(
    'cannot have %s called',
    async (url) => {
      const { status, body } = await publisher.byKey('POST', '/v1/webhooks', { url, events: ['*'] });
      expect([status, body.code, body.errors[0].pointer]).toEqual([422, 'validation_failed', '/url']);
    },
  );
});

describe('a receiver', () => {
  it('that fails is called again with the same id, and what it answered is shown', async () => {
    const webhook = await makeWebhook('/flaky');
    receiver.answerWith(() => ({ status: at('/flaky').length === 1 ? 500 : 200, body: 'try later' }));
    const id = await sendTest(webhook);
    await expect.poll(async () => (await deliveryOf(webhook, id)).state, patience).toBe('delivered');
    expect((await deliveryOf(webhook, id)).attempts).toMatchObject([
      { status: 500, response: 'try later' },
      { status: 200 },
    ]);
    expect(at('/flaky').map(({ headers }) => headers['webhook-id'])).toEqual([id, id]);
    const lines = await awaitLines(cloud, 'governance-deliver', (line) => line.deliveryId === id);
    expect(lines).toMatchObject([
      { status: 500, state: 'pending' },
      { status: 200, state: 'delivered' },
    ]);
    expect(JSON.stringify(lines)).not.toContain('flaky');
  });

  it('is called though whoever had the message never came back', async () => {
    const webhook = await makeWebhook('/swept');
    const { body: account } = await publisher.as('GET', '/v1/account');
    const deliveryId = newId('evt', Date.now());
    // As it is left by a function that ended between the table and the queue.
    const lost = newDelivery(
      {
        accountId: account.id,
        webhookId: webhook.id,
        deliveryId,
        type: 'webhook.test',
        payload: '{"type":"webhook.test"}',
      },
      Date.now() - 600_000,
    );
    await client.put({ TableName: cloud.deployment['aimass-dev-data'].GovernanceTable, Item: toDeliveryItem(lost) });
    await invokeSweep();
    await expect.poll(async () => (await deliveryOf(webhook, deliveryId)).state, patience).toBe('delivered');
    expect(at('/swept').map(({ headers }) => headers['webhook-id'])).toEqual([deliveryId]);
  });

  it('that is gone is not called any more until it is enabled, and then is told again what it missed', async () => {
    const webhook = await makeWebhook('/gone');
    receiver.answerWith(() => ({ status: 410 }));
    const id = await sendTest(webhook);
    const read = async () => publisher.byKey('GET', `/v1/webhooks/${webhook.id}`);
    await expect.poll(async () => (await read()).body.enabled, patience).toBe(false);
    const { body, headers } = await read();
    expect(body).toMatchObject({ disabledReason: 'gone', disabledAt: expect.any(String) });
    const replay = `/v1/webhooks/${webhook.id}/deliveries/${id}/replay`;
    expect((await publisher.byKey('POST', replay)).body.code).toBe('webhook_disabled');
    receiver.answerWith(() => ({ status: 200 }));
    const stale = { 'if-match': '"1"' };
    expect((await publisher.byKey('PATCH', `/v1/webhooks/${webhook.id}`, { enabled: true }, stale)).status).toBe(412);
    const fresh = { 'if-match': headers.get('etag') ?? '' };
    expect((await publisher.byKey('PATCH', `/v1/webhooks/${webhook.id}`, { enabled: true }, fresh)).body).toMatchObject(
      {
        enabled: true,
        disabledReason: null,
      },
    );
    expect((await publisher.byKey('POST', replay)).status).toBe(202);
    await expect.poll(async () => (await deliveryOf(webhook, id)).state, patience).toBe('delivered');
    const [first, again] = at('/gone') as [Received, Received];
    expect(again.headers['webhook-id']).toBe(first.headers['webhook-id']);
    expect(again.body).toBe(first.body);
  });

  it('changes over to a new secret without losing a message', async () => {
    const webhook = await makeWebhook('/rotated');
    const rotated = await publisher.byKey('POST', `/v1/webhooks/${webhook.id}/rotate-secret`);
    expect(rotated.status).toBe(200);
    await sendTest(webhook);
    await expect.poll(() => at('/rotated').length, patience).toBe(1);
    const [message] = at('/rotated') as [Received];
    for (const secret of [webhook.secret, rotated.body.secret])
      expect(verified(secret, message).type).toBe('webhook.test');
    await publisher.byKey('POST', `/v1/webhooks/${webhook.id}/rotate-secret`, { graceSeconds: 0 });
    await sendTest(webhook);
    await expect.poll(() => at('/rotated').length, patience).toBe(2);
    expect(() => verified(webhook.secret, at('/rotated')[1] as Received)).toThrow('No matching signature');
  });
});

describe('a webhook', () => {
  it('is made once by a request that is repeated, and its secret is told once', async () => {
    const body = { url: `${receiver.url}/once`, events: ['model.*'], description: 'Once' };
    const headers = { 'idempotency-key': newId('req', Date.now()) };
    const first = await publisher.byKey('POST', '/v1/webhooks', body, headers);
    const again = await publisher.byKey('POST', '/v1/webhooks', body, headers);
    expect([first.status, again.status, again.body.id, again.body.secret]).toEqual([201, 201, first.body.id, null]);
    const other = await publisher.byKey('POST', '/v1/webhooks', { ...body, events: ['*'] }, headers);
    expect(other.body.code).toBe('idempotency_key_reused');
    const listed = await publisher.byKey('GET', '/v1/webhooks?limit=100');
    expect(listed.body.items.filter(({ id }: { id: string }) => id === first.body.id)).toHaveLength(1);
    expect(JSON.stringify(listed.body)).not.toContain('whsec_');
  });
});

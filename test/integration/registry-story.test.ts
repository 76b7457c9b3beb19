// The registry's whole story on the local cloud, as its users live it: a publisher, consumers, and what each of them is told.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { versionKey } from '../../lambdas/registry/adapters/items.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { Person } from '../support/person.ts';
import { publishModel, submitModel } from '../support/publish.ts';
import { type TinyGraph, tinyModel } from '../support/tiny-onnx.ts';

const CALL_COUNT = 2_000;
const CALLER_COUNT = 10;
const CANARY_SHARE = 0.1;
const AT_ONCE = 8;

/** y = x · factor, so that an answer tells which version gave it. */
const scaled = (factor: number, width: number): Uint8Array => {
  const graph: TinyGraph = {
    inputs: [{ name: 'x', datatype: 'FP32', dims: ['n', width] }],
    outputs: [{ name: 'y', datatype: 'FP32', dims: ['n', width] }],
    initializers: [
      {
        name: 'f',
        datatype: 'FP32',
        dims: [1],
        raw: new Uint8Array(Float32Array.of(factor).buffer),
      },
    ],
    nodes: [{ op: 'Mul', inputs: ['x', 'f'], outputs: ['y'] }],
  };
  return tinyModel(graph);
};
const factorOf: Readonly<Record<string, number>> = { '1.0.0': 2, '1.2.0': 3 };
const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 1, 1, 1] }];

let cloud: Cloud;
let publisher: Person;
let consumers: Person[];
let model: string;
let client: DynamoDBDocument;
let lambda: LambdaClient;

beforeAll(async () => {
  cloud = await startCloud();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const at = { endpoint: cloud.endpoint, region: cloud.outputs.region, credentials };
  client = DynamoDBDocument.from(new DynamoDBClient(at), { marshallOptions: { removeUndefinedValues: true } });
  lambda = new LambdaClient(at);
  publisher = await new Person(cloud, 'publisher').join();
  const handle = `story-${Math.random().toString(36).slice(2, 8)}`;
  model = `${handle}.scale`;
  expect((await publisher.as('PATCH', '/v1/account', { handle })).status).toBe(200);
  await publisher.makeKey(['models:read', 'models:write', 'infer']);
  consumers = await Promise.all(
    Array.from({ length: CALLER_COUNT }, async (_, index) => {
      const person = await new Person(cloud, `consumer-${index}`).join();
      await person.makeKey(['models:read', 'models:write', 'infer', 'billing:read', 'billing:write']);
      return person;
    }),
  );
});

afterAll(async () => {
  client?.destroy();
  lambda?.destroy();
  await cloud?.stop();
});

const version = (name: string) => `/v1/models/${model}/versions/${name}`;
const call = (person: Person, affinity?: string, alias = 'latest') =>
  person.byKey(
    'POST',
    `/v2/models/${model}/versions/${alias}/infer`,
    { inputs },
    affinity === undefined ? {} : { 'x-aimass-affinity': affinity },
  );

/** What is published is remembered for seconds. */
const settled = { timeout: 90_000, interval: 500 };

/** Runs the tasks, so many at once. */
const inTurns = async <T>(tasks: readonly (() => Promise<T>)[], atOnce: number): Promise<T[]> => {
  const results: T[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < tasks.length) {
        const index = next++;
        results[index] = await (tasks[index] as () => Promise<T>)();
      }
    }),
  );
  return results;
};

/** One call for each of the affinities, spread over the consumers. @returns version → calls */
const observe = async (alias: string): Promise<Map<string, number>> => {
  const tasks = Array.from({ length: CALL_COUNT }, (_, index) => async () => {
    const answer = await call(consumers[index % CALLER_COUNT] as Person, `user-${index}`, alias);
    expect([answer.status, answer.body]).toEqual([200, answer.body]);
    const used = answer.headers.get('x-aimass-version') ?? '';
    // The header tells the truth: the numbers are those of that version.
    expect(answer.body.outputs[0].data[0]).toBe(factorOf[used]);
    return used;
  });
  const counts = new Map<string, number>();
  for (const used of await inTurns(tasks, AT_ONCE)) counts.set(used, (counts.get(used) ?? 0) + 1);
  return counts;
};

/** How far the canary's part of the calls is from its share. */
const sigmasOff = async (alias: string): Promise<number> => {
  const counts = await observe(alias);
  const canary = counts.get('1.2.0') ?? 0;
  expect(canary + (counts.get('1.0.0') ?? 0)).toBe(CALL_COUNT);
  const expected = CALL_COUNT * CANARY_SHARE;
  const off = Math.abs(canary - expected) / Math.sqrt(expected * (1 - CANARY_SHARE));
  process.stderr.write(`canary 90/10 over ${CALL_COUNT} calls: ${canary} to the canary, ${off.toFixed(2)} σ off\n`);
  return off;
};

describe('the story of a model', () => {
  it('is published', async () => {
    const published = await publishModel(publisher, { name: model, bytes: scaled(2, 4) });
    expect(published.state).toBe('published');
  });

  it('may not break its callers by a minor version: the refusal says by what', async () => {
    await submitModel(publisher, { name: model, version: '1.1.0', bytes: scaled(3, 8) });
    const refused = await publisher.byKey('POST', `${version('1.1.0')}/publish`);
    expect([refused.status, refused.body.code]).toEqual([409, 'breaking_change']);
    expect(refused.body.errors.map(({ detail }: { detail: string }) => detail)).toEqual(['was 4, is 8', 'was 4, is 8']);
    expect((await publisher.byKey('GET', version('1.1.0'))).body.state).toBe('validated');
  });

  it('asks who wants to use it, once it is gated', async () => {
    const [applicant] = consumers as [Person];
    expect((await publisher.byKey('PATCH', `/v1/models/${model}`, { visibility: 'gated' })).status).toBe(200);
    await expect.poll(async () => (await call(applicant)).body.code, settled).toBe('access_required');
    const asked = await applicant.byKey('POST', `/v1/models/${model}/access-requests`, { reason: 'A study of scales' });
    expect([asked.status, asked.body.state]).toEqual([201, 'pending']);
    await expect.poll(async () => (await call(applicant)).body.code, settled).toBe('access_pending');
    const request = `/v1/models/${model}/access-requests/${asked.body.account.id}`;
    expect((await publisher.byKey('POST', `${request}/approve`, { message: 'Welcome' })).status).toBe(200);
    await expect.poll(async () => (await call(applicant)).status, settled).toBe(200);
  });

  it('is subscribed to, and costs what the offer says', async () => {
    const [subscriber] = consumers as [Person];
    const offer = await publisher.as('POST', `/v1/models/${model}/offers`, {
      kind: 'trial',
      name: 'Two weeks',
      days: 14,
      includedCalls: 10_000,
    });
    expect([offer.status, offer.body]).toEqual([201, offer.body]);
    const made = await subscriber.byKey('POST', '/v1/subscriptions', { model, offerId: offer.body.id });
    expect([made.status, made.body.state]).toEqual([201, 'trialing']);
    const price = async () => (await call(subscriber)).headers.get('x-aimass-price-micros');
    await expect.poll(price, settled).toBe('0');
  });

  it('gives a tenth of its callers to a canary, and takes it back by one call', async () => {
    await submitModel(publisher, { name: model, version: '1.2.0', bytes: scaled(3, 4) });
    expect((await publisher.byKey('POST', `${version('1.2.0')}/publish`)).status).toBe(200);
    for (const consumer of consumers.slice(1)) {
      const { id } = (await consumer.as('GET', '/v1/account')).body;
      expect((await publisher.byKey('PUT', `/v1/models/${model}/shares/${id}`)).status).toBe(200);
    }
    const alias = `/v1/models/${model}/aliases/stable`;
    const all = { targets: [{ version: '1.0.0', weight: 1 }] };
    expect((await publisher.byKey('PUT', alias, all)).status).toBeLessThan(300);
    const targets = [
      { version: '1.0.0', weight: 90 },
      { version: '1.2.0', weight: 10 },
    ];
    expect((await publisher.byKey('PUT', alias, { targets })).status).toBe(200);
    const again = targets.map(({ version: name, weight }) => ({ version: name, weight: weight * 2 }));
    // As many at once as the story's other calls: more would each want an environment of their own.
    const probes = Array.from({ length: 60 }, (_, index) => async () => {
      const answer = await call(consumers[1] as Person, `probe-${index}`, 'stable');
      return answer.headers.get('x-aimass-version');
    });
    const isSplit = async () => new Set(await inTurns(probes, AT_ONCE)).size;
    await expect.poll(isSplit, settled).toBe(2);
    // Of honest splits, one in 370 is further off: then the callers are shared out anew, and looked at once more.
    if ((await sigmasOff('stable')) > 3) {
      expect((await publisher.byKey('PUT', alias, { targets: again })).status).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 6_000));
      expect(await sigmasOff('stable')).toBeLessThanOrEqual(3);
      expect((await publisher.byKey('POST', `${alias}/rollback`)).status).toBe(200);
    }
    expect((await publisher.byKey('POST', `${alias}/rollback`)).status).toBe(200);
    await expect.poll(isSplit, settled).toBe(1);
    expect((await call(consumers[1] as Person, 'probe-0', 'stable')).headers.get('x-aimass-version')).toBe('1.0.0');
  });

  it('is deprecated with notice, retired by the clock, and leaves a receipt', async () => {
    const caller = consumers[1] as Person;
    const sunsetAt = new Date(Date.now() + 8 * 86_400_000).toISOString();
    const notice = { sunsetAt, successor: '1.0.0', reason: 'the canary was not better' };
    expect((await publisher.byKey('POST', `${version('1.2.0')}/deprecate`, notice)).status).toBe(200);
    const header = async () => (await call(caller, undefined, '1.2.0')).headers.get('sunset');
    await expect.poll(header, settled).not.toBeNull();
    await comeToItsEnd('1.2.0');
    await expect.poll(async () => (await call(caller, undefined, '1.2.0')).body.code, settled).toBe('version_retired');
    const receipt = () => publisher.byKey('GET', `${version('1.2.0')}/receipt`);
    await expect.poll(() => retireWhatIsDue().then(async () => (await receipt()).status), settled).toBe(200);
    expect((await receipt()).body).toMatchObject({ rule: 'sunset' });
    expect((await receipt()).body.objects).toContainEqual(
      expect.objectContaining({ kind: 'artifact', outcome: 'deleted' }),
    );
    expect((await call(caller, 'probe-0', 'stable')).headers.get('x-aimass-version')).toBe('1.0.0');
    const { body } = await publisher.byKey('GET', `/v1/models/${model}/history?limit=100`);
    const events = body.items.map(({ event, version }: { event: string; version: string }) => `${event} ${version}`);
    for (const name of ['ModelPublished', 'VersionDeprecated', 'VersionRetired', 'VersionPurged']) {
      expect(events).toContain(`${name}.v1 1.2.0`);
    }
  });
});

/** Runs the job as its schedule does. */
async function retireWhatIsDue(): Promise<void> {
  const answer = await lambda.send(
    new InvokeCommand({ FunctionName: 'aimass-dev-registry-retire', Payload: Buffer.from('{"source":"aws.events"}') }),
  );
  expect([answer.FunctionError, Buffer.from(answer.Payload ?? []).toString()]).toEqual([undefined, 'null']);
}

/** Nobody waits for a week: the end that was promised is moved to this moment. */
async function comeToItsEnd(name: string): Promise<void> {
  const TableName = cloud.deployment['aimass-dev-data'].RegistryTable;
  const atMs = Date.now();
  const values = { ':pk': 'due' };
  const due = await client.query({
    TableName,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: values,
  });
  const item = due.Items?.find((one) => one.model === model && one.version === name);
  if (!item) throw new Error(`nothing is due of ${model} ${name}`);
  await client.update({
    TableName,
    Key: versionKey(model, name),
    UpdateExpression: 'SET deprecation.sunsetAtMs = :now',
    ExpressionAttributeValues: { ':now': atMs },
  });
  await client.delete({ TableName, Key: { pk: item.pk, sk: item.sk } });
  const sk = item.sk.replace(/^\d+/, (ms: string) => String(atMs).padStart(ms.length, '0'));
  await client.put({ TableName, Item: { ...item, sk, atMs } });
}

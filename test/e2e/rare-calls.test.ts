// What the other stories do not come by, though a function may do it: first calls that land anywhere, schedules, the larger
// lane. The privilege check (CONTRIBUTING.md) tells of a role's grants that nothing here or there takes.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteObjectCommand, ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signedTransport } from '../../lambdas/billing/adapters/signed-transport.ts';
import { createBilling } from '../../lambdas/billing/gateway.ts';
import { versionKey } from '../../lambdas/registry/adapters/items.ts';
import { compileModel } from '../../lambdas/shared/executor/compile/compile-model.ts';
import { FLAT_MAKER } from '../../lambdas/shared/executor/flat-form.ts';
import { cutZipMaps } from '../../lambdas/shared/onnx/cut-zipmap.ts';
import { outboxItem } from '../../lambdas/shared/platform/events.ts';
import { newId } from '../../lambdas/shared/platform/new-id.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { awaitLines } from '../support/cloud-logs.ts';
import { Person } from '../support/person.ts';
import { publishModel } from '../support/publish.ts';
import { type TinyGraph, tinyModel } from '../support/tiny-onnx.ts';

const demoModel = (name: string) => readFileSync(new URL(`../../local/demo/models/${name}.onnx`, import.meta.url));
const input = { name: 'X', datatype: 'FP32', shape: [1, 4], data: [5.1, 3.5, 1.4, 0.2] };
const DAY_MS = 86_400_000;

/** y = x · W: megabytes of weights, which the runtime lays out anew when it loads them, and uses in place in its own format. */
const wide: TinyGraph = {
  inputs: [{ name: 'x', datatype: 'FP32', dims: ['n', 1024] }],
  outputs: [{ name: 'y', datatype: 'FP32', dims: ['n', 4096] }],
  initializers: [
    {
      name: 'w',
      datatype: 'FP32',
      dims: [1024, 4096],
      raw: new Uint8Array(Float32Array.from({ length: 1024 * 4096 }, (_, index) => Math.sin(index)).buffer),
    },
  ],
  nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
};

let cloud: Cloud;
let publisher: Person;
let handle: string;
let client: DynamoDBDocument;
let lambda: LambdaClient;
let s3: S3Client;

/** The bucket whose name has the word. */
const bucketOf = async (word: string): Promise<string> => {
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  const found = Buckets.find(({ Name }) => Name?.includes(word))?.Name;
  if (found === undefined) throw new Error(`there is no bucket of ${word}`);
  return found;
};

/** Runs a function as its schedule does. */
const invoke = async (name: string): Promise<void> => {
  const answer = await lambda.send(
    new InvokeCommand({ FunctionName: `aimass-dev-${name}`, Payload: Buffer.from('{"source":"aws.events"}') }),
  );
  expect([name, answer.FunctionError, Buffer.from(answer.Payload ?? []).toString()]).toEqual([name, undefined, 'null']);
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
  handle = `rare-${Math.random().toString(36).slice(2, 8)}`;
  await publisher.as('PATCH', '/v1/account', { handle });
  await publisher.makeKey(['models:read', 'models:write', 'infer']);
});

afterAll(async () => {
  client?.destroy();
  lambda?.destroy();
  s3?.destroy();
  await cloud?.stop();
});

describe('the first call of a person', () => {
  it.each([
    { path: '/v1/models', lands: 'at the registry' },
    { path: '/v1/balance', lands: 'at billing' },
    { path: '/v2/models', lands: 'at inference' },
  ])('makes the account when it lands $lands', async ({ path }) => {
    const person = await new Person(cloud, 'newcomer').join();
    expect((await person.as('GET', path)).status).toBe(200);
    expect((await person.as('GET', '/v1/accounts')).body.items).toHaveLength(1);
  });
});

describe('an account', () => {
  it('is changed only as it was read', async () => {
    const { headers } = await publisher.as('GET', '/v1/account');
    const read = { 'if-match': headers.get('etag') ?? '' };
    expect((await publisher.as('PATCH', '/v1/account', { displayName: 'First' }, read)).status).toBe(200);
    expect((await publisher.as('PATCH', '/v1/account', { displayName: 'Second' }, read)).status).toBe(412);
  });
});

describe('a model', () => {
  it('is not taken as complete before its file is there', async () => {
    const name = `${handle}.absent`;
    const model = { name, summary: 'None yet', task: 'tabular-classification', license: 'Apache-2.0' };
    expect((await publisher.byKey('POST', '/v1/models', model)).status).toBe(201);
    const files = [{ path: 'model.onnx', sizeBytes: 10, sha256: '0'.repeat(64) }];
    const version = { version: '1.0.0', files };
    expect((await publisher.byKey('POST', `/v1/models/${name}/versions`, version)).status).toBe(201);
    const refused = await publisher.byKey('POST', `/v1/models/${name}/versions/1.0.0/complete`);
    expect(refused.status).toBe(409);
  });

  it('that ends in a ZipMap is served without it', async () => {
    const { files, artifact } = await publishModel(publisher, { name: `${handle}.wine`, bytes: demoModel('wine') });
    expect(artifact.sha256).not.toBe(files[0].sha256);
  });

  it('is found by its owner in lists and by a range, and runs in the larger lane when it is assigned to it', async () => {
    const name = `${handle}.iris`;
    await publishModel(publisher, { name, bytes: demoModel('iris') });
    const listed = await publisher.byKey('GET', `/v1/models?publisher=${handle}`);
    expect(listed.body.items.map((one: { name: string }) => one.name)).toContain(name);
    // No file small enough for a test outgrows the smaller lane; without a product, onnxruntime runs it. Its manifest says
    // otherwise: it goes too, as if the version were older than manifests.
    const Key = versionKey(name, '1.0.0');
    await client.update({
      TableName: cloud.deployment['aimass-dev-data'].RegistryTable,
      Key,
      UpdateExpression: 'SET validated.lane = :lane, validated.products = :none REMOVE validated.manifest',
      ExpressionAttributeValues: { ':lane': 'run-10gib', ':none': [] },
    });
    const answer = await publisher.byKey('POST', `/v2/models/${name}/versions/%5E1/infer`, { inputs: [input] });
    expect(answer.status).toBe(200);
    expect(answer.body.outputs.length).toBeGreaterThan(0);
  });
});

describe('a model that was compiled', () => {
  it('runs in the function that takes the call, answers the same, and is told of as of that lane', async () => {
    const name = `${handle}.compiled`;
    await publishModel(publisher, { name, bytes: demoModel('iris') });
    const path = `/v2/models/${name}/infer`;
    // Its product is put there by hand, whatever publishing made: the test is of what the call does with it.
    const compiled = compileModel(cutZipMaps(demoModel('iris')));
    if (!compiled.supported) throw new Error(compiled.reason);
    const sha256 = createHash('sha256').update(compiled.bytes).digest('hex');
    const product = { kind: 'flat', key: `sha256/${sha256}`, sha256, sizeBytes: compiled.bytes.length };
    await s3.send(
      new PutObjectCommand({ Bucket: await bucketOf('artifacts'), Key: product.key, Body: compiled.bytes }),
    );
    const setProducts = (products: readonly object[]) =>
      client.update({
        TableName: cloud.deployment['aimass-dev-data'].RegistryTable,
        Key: versionKey(name, '1.0.0'),
        UpdateExpression: 'SET validated.products = :products REMOVE validated.manifest',
        ExpressionAttributeValues: { ':products': products },
      });
    await setProducts([]);
    const native = await publisher.byKey('POST', path, { inputs: [input] });
    await setProducts([{ ...product, madeBy: FLAT_MAKER }]);
    // What is published is remembered for seconds.
    const call = async () => {
      const answer = await publisher.byKey('POST', path, { inputs: [input] });
      const requestId = answer.headers.get('x-request-id');
      const [line] = await awaitLines(cloud, 'inference-infer', (one) => one.requestId === requestId);
      return { answer, lane: line?.lane };
    };
    await expect.poll(async () => (await call()).lane, { timeout: 20_000, interval: 500 }).toBe('typescript');
    const { answer } = await call();
    expect(native.status).toBe(200);
    expect(answer.body).toEqual(native.body);
    expect(answer.headers.get('x-aimass-price-micros')).toBe(native.headers.get('x-aimass-price-micros'));
  });
});

describe('a schedule', () => {
  it('makes products anew where what made them has changed since', async () => {
    const name = `${handle}.wide`;
    await publishModel(publisher, { name, bytes: tinyModel(wide) });
    const TableName = cloud.deployment['aimass-dev-data'].RegistryTable;
    const names = [name, `${handle}.wine`];
    const told = async (model: string) => (await publisher.byKey('GET', `/v1/models/${model}/versions/1.0.0`)).body;
    const productsOf = async (model: string) => {
      const { products, notMade } = await told(model);
      return [...products, ...notMade].map((one) => ({ kind: one.kind, madeBy: one.madeBy }));
    };
    const before = await Promise.all(names.map(productsOf));
    for (const kinds of before) expect(kinds.map(({ kind }) => kind).sort()).toEqual(['flat', 'ort']);
    const Bucket = await bucketOf('artifacts');
    for (const model of names) {
      // The same maker makes the same bytes, which are not written twice: a new one finds nothing at its address.
      const { Item } = await client.get({ TableName, Key: versionKey(model, '1.0.0') });
      for (const { key } of Item?.validated.products ?? []) {
        await s3.send(new DeleteObjectCommand({ Bucket, Key: key }));
      }
      await client.update({
        TableName,
        Key: versionKey(model, '1.0.0'),
        UpdateExpression: 'SET validated.products = :none, validated.notMade = :none REMOVE validated.manifest',
        ExpressionAttributeValues: { ':none': [] },
      });
    }
    await invoke('registry-renew');
    const byKind = (told: { kind: string }[]) => [...told].sort((a, b) => a.kind.localeCompare(b.kind));
    expect((await Promise.all(names.map(productsOf))).map(byKind)).toEqual(before.map(byKind));
  });

  it('seals the minute, the hour and the day of a call that is over, and usage stays what it was', async () => {
    const { body } = await publisher.as('GET', '/v1/account');
    const accountId: string = body.id;
    const atMs = Date.now() - 3 * DAY_MS;
    const billing = createBilling({
      table: cloud.deployment['aimass-dev-data'].BillingTable,
      client,
      transport: signedTransport({ env: cloud.env, timeoutMs: 20_000 }),
      clock: () => atMs,
    });
    const inferenceId = newId('inf', atMs);
    const longestRun = { memoryMiB: 2048, ms: 5 };
    await billing.prepare({ accountId, inferenceId, amountMicros: 0n, longestRun });
    await billing.charge({
      accountId,
      ownerAccountId: newId('acc', atMs),
      inferenceId,
      model: `${handle}.iris`,
      version: '1.0.0',
      price: { perCallMicros: '0', perRowMicros: '0', version: 1 },
      rowCount: 3,
      keyId: undefined,
      userId: body.user.id,
      lane: 'run-2gib',
      compute: longestRun,
      idempotency: undefined,
    });
    await publisher.makeKey(['billing:read']);
    const day = new Date(atMs).toISOString().slice(0, 10);
    const usage = async () => (await publisher.byKey('GET', `/v1/usage?from=${day}&to=${day}`)).body.items;
    const before = await usage();
    expect(before).toMatchObject([{ calls: 1, rows: 3 }]);
    await invoke('billing-sealer');
    expect(await usage()).toEqual(before);
  });

  it('delivers the event that waited in an outbox', async () => {
    const table = cloud.deployment['aimass-dev-data'].AccountsTable;
    const event = {
      source: 'aimass.accounts',
      type: 'Tried.v1',
      accountId: 'acc_0',
      subject: 'acc_0',
      data: {},
    } as const;
    const item = outboxItem(event, Date.now() - 60_000);
    await client.put({ TableName: table, Item: item });
    await invoke('governance-relay');
    expect((await client.get({ TableName: table, Key: { pk: item.pk, sk: item.sk } })).Item).toBeUndefined();
  });
});

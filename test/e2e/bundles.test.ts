// A version of many files: what was announced is what is signed, what is signed is what is served, and nothing else is run.
import { execFileSync } from 'node:child_process';
import { createHash, createPublicKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { versionKey } from '../../lambdas/registry/adapters/items.ts';
import { SCANNER_VERSION } from '../../lambdas/shared/onnx/scanner-version.ts';
import { Description } from '../contract/description.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { awaitLines } from '../support/cloud-logs.ts';
import { type Answer, callApi, Person } from '../support/person.ts';
import { publishModel, submitModel } from '../support/publish.ts';

const iris = readFileSync(new URL('../../local/demo/models/iris.onnx', import.meta.url));
const wine = readFileSync(new URL('../../local/demo/models/wine.onnx', import.meta.url));
const input = { name: 'X', datatype: 'FP32', shape: [1, 4], data: [5.1, 3.5, 1.4, 0.2] };
const others = {
  'config.json': Buffer.from('{"id2label":{"0":"setosa","1":"versicolor","2":"virginica"}}'),
  'tokenizer.json': Buffer.from('{"version":"1.0","model":{"type":"WordLevel","vocab":{"a":0}}}'),
  'labels.txt': Buffer.from('setosa\nversicolor\nvirginica\n'),
  'README.md': Buffer.from('# Irises\n'),
};
const examples = [
  { name: 'a setosa', inputs: [input] },
  { name: 'two', inputs: [{ ...input, shape: [2, 4], data: [6.3, 3.3, 6, 2.5, 5.1, 3.5, 1.4, 0.2] }] },
];
const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const exampleFile = (list: unknown) => ({ 'examples.json': Buffer.from(JSON.stringify(list)) });
const description = new Description();

let cloud: Cloud;
let publisher: Person;
let client: DynamoDBDocument;
let lambda: LambdaClient;
let s3: S3Client;
let name: string;
let other: string;

const call = async (method: string, path: string, body?: unknown): Promise<Answer> => {
  const answer = await callApi(cloud.apiUrl, publisher.key, method, path, body);
  expect(description.faults(method, path, answer)).toEqual([]);
  return answer;
};
const infer = () => call('POST', `/v2/models/${name}/infer`, { inputs: [input] });
const versionPath = () => `/v1/models/${name}/versions/1.0.0`;

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
  const handle = `bundle-${Math.random().toString(36).slice(2, 8)}`;
  await publisher.as('PATCH', '/v1/account', { handle });
  await publisher.makeKey(['models:read', 'models:write', 'infer']);
  [name, other] = [`${handle}.iris`, `${handle}.wine`];
  await publishModel(publisher, { name, bytes: iris, others: { ...others, ...exampleFile(examples) } });
  await publishModel(publisher, { name: other, bytes: wine });
}, 180_000);

afterAll(async () => {
  client?.destroy();
  lambda?.destroy();
  s3?.destroy();
  await cloud?.stop();
});

describe('the manifest of a published version', () => {
  it('is proven by openssl, with the public key alone', async () => {
    const { body } = await call('GET', `${versionPath()}/manifest`);
    const { keys } = (await call('GET', '/v1/manifest-keys')).body;
    const [{ keyid, sig }] = body.signatures;
    const jwk = keys.find(({ kid }: { kid: string }) => kid === keyid);
    const folder = mkdtempSync(join(tmpdir(), 'aimass-manifest-'));
    try {
      const payload = Buffer.from(body.payload, 'base64');
      const head = `DSSEv1 ${body.payloadType.length} ${body.payloadType} ${payload.length} `;
      const file = (named: string, content: string | Uint8Array) => {
        writeFileSync(join(folder, named), content);
        return join(folder, named);
      };
      const key = file('key.pem', createPublicKey({ key: jwk, format: 'jwk' }).export({ format: 'pem', type: 'spki' }));
      const signature = file('signature', Buffer.from(sig, 'base64'));
      const signed = file('signed', Buffer.concat([Buffer.from(head), payload]));
      const verify = () =>
        execFileSync('openssl', ['dgst', '-sha256', '-verify', key, '-signature', signature, signed], {
          encoding: 'utf8',
          stdio: 'pipe',
        });
      expect(verify()).toBe('Verified OK\n');
      file('signed', Buffer.concat([Buffer.from(head), payload, Buffer.from(' ')]));
      expect(verify).toThrow();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('names every file as it was announced, and what is downloaded is what it names', async () => {
    const { body } = await call('GET', `${versionPath()}/manifest`);
    const manifest = JSON.parse(Buffer.from(body.payload, 'base64').toString());
    const told = (await call('GET', versionPath())).body;
    expect(manifest).toMatchObject({ model: name, version: '1.0.0', artifact: told.artifact, lane: told.lane });
    expect(manifest.products).toEqual(told.products);
    expect(manifest.signature).toEqual(told.signature);
    const contents: Record<string, Uint8Array> = { 'model.onnx': iris, ...others, ...exampleFile(examples) };
    const files = Object.entries(contents).map(([path, bytes]) => ({
      path,
      sizeBytes: bytes.length,
      sha256: sha256Of(bytes),
    }));
    expect(manifest.files).toEqual(files);
    for (const { path, sha256 } of files) {
      const link = await call('GET', `${versionPath()}/files/${path}`);
      const file = Buffer.from(await (await fetch(link.headers.get('location') ?? '')).arrayBuffer());
      // The model's own file is what is run, without its ZipMap.
      expect([path, sha256Of(file)]).toEqual([path, path === 'model.onnx' ? manifest.artifact.sha256 : sha256]);
    }
  });
});

const TableName = () => cloud.deployment['aimass-dev-data'].RegistryTable;
const read = async (model: string) =>
  (await client.get({ TableName: TableName(), Key: versionKey(model, '1.0.0') })).Item;

describe('the examples of a version', () => {
  it('are what its publisher gave, and what a call answers to them', async () => {
    const { body } = await call('GET', `${versionPath()}/examples`);
    expect(body).toMatchObject({ made: false, items: examples });
    for (const { inputs, outputs } of body.items) {
      const answer = await call('POST', `/v2/models/${name}/infer`, { inputs });
      expect(answer.body.outputs).toEqual(outputs);
    }
  });

  it('are made from the signature where there are none, and answered as well', async () => {
    const { body } = await call('GET', `/v1/models/${other}/versions/1.0.0/examples`);
    expect(body).toMatchObject({ made: true });
    expect(body.items).toHaveLength(1);
    const [{ inputs, outputs }] = body.items;
    expect((await call('POST', `/v2/models/${other}/infer`, { inputs })).body.outputs).toEqual(outputs);
  });

  it.each([
    {
      version: '2.0.0',
      list: [{ name: 'short', inputs: [{ ...input, shape: [1, 3], data: [1, 2, 3] }] }],
      at: '/0/inputs',
    },
    { version: '2.0.1', list: [{ inputs: [input] }], at: '/0/name' },
  ])('of $version are refused with the place that is wrong', async ({ version, list, at }) => {
    const refused = await submitModel(publisher, { name, version, bytes: iris, others: exampleFile(list) });
    expect(refused).toMatchObject({
      state: 'rejected',
      rejection: { rule: 'examples', path: 'examples.json', element: at },
      scan: { findings: { opsets: expect.anything() } },
    });
    const { status, body } = await call('GET', `/v1/models/${name}/versions/${version}/examples`);
    expect([status, body.code]).toEqual([404, 'examples_not_found']);
  });
});

describe('what the scan found out', () => {
  it('is told with the version', async () => {
    const { scan } = (await call('GET', versionPath())).body;
    expect(scan).toMatchObject({
      scanner: SCANNER_VERSION,
      findings: { nodeCount: expect.any(Number), operators: expect.any(Array), otherOperators: 0 },
      warnings: [],
      smoke: { exampleCount: 2, medianMs: expect.any(Number) },
    });
    const counted = scan.findings.operators.reduce((sum: number, { count }: { count: number }) => sum + count, 0);
    expect(counted).toBe(scan.findings.nodeCount);
    const { body } = await call('GET', `/v1/models/${other}/versions/1.0.0`);
    expect(body.scan.warnings).toEqual([expect.stringContaining('ZipMap')]);
  });

  const walk = async () => {
    await client.delete({ TableName: TableName(), Key: { pk: 'renewal', sk: 'walk' } });
    const answer = await lambda.send(new InvokeCommand({ FunctionName: 'aimass-dev-registry-renew' }));
    expect([answer.FunctionError, Buffer.from(answer.Payload ?? []).toString()]).toEqual([undefined, 'null']);
  };
  const putVersion = (item: Record<string, unknown>) => client.put({ TableName: TableName(), Item: item });

  it('is found out again by a scanner that has changed, and signed', async () => {
    const before = await read(other);
    const { scan, validated } = before ?? {};
    // As one that is older than examples and manifests, too.
    const { examples: _, manifest: __, ...old } = validated;
    await putVersion({ ...before, scan: { ...scan, scanner: '0', findings: undefined }, validated: old });
    await walk();
    const after = (await call('GET', `/v1/models/${other}/versions/1.0.0`)).body;
    const { opsets, parameterCount, operators } = scan.findings;
    const found = { opsets, parameterCount };
    expect(after).toMatchObject({ state: 'published', scan: { scanner: SCANNER_VERSION, findings: found } });
    // What was cut before is not there to be counted.
    const names = (list: { name: string }[]) => list.map((one) => one.name);
    expect(names(operators)).toContain('ai.onnx.ml.ZipMap');
    expect(names(after.scan.findings.operators)).not.toContain('ai.onnx.ml.ZipMap');
    expect((await call('GET', `/v1/models/${other}/versions/1.0.0/examples`)).body).toMatchObject({ made: true });
    const { body } = await call('GET', `/v1/models/${other}/versions/1.0.0/manifest`);
    expect(JSON.parse(Buffer.from(body.payload, 'base64').toString())).toMatchObject({ scanner: SCANNER_VERSION });
  });

  it('has a version blocked that the scanner of today refuses, until an operator releases it', async () => {
    const hostile = `${name.split('.')[0]}.hostile`;
    await publishModel(publisher, { name: hostile, bytes: iris });
    const bytes = Buffer.from('no model at all, though a scanner once passed it');
    const sha256 = sha256Of(bytes);
    const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
    const Bucket = Buckets.find(({ Name }) => Name?.includes('artifacts'))?.Name;
    await s3.send(new PutObjectCommand({ Bucket, Key: `sha256/${sha256}`, Body: bytes }));
    const before = await read(hostile);
    const { manifest: _, ...validated } = before?.validated ?? {};
    const artifact = { key: `sha256/${sha256}`, sha256, sizeBytes: bytes.length };
    await putVersion({ ...before, scan: undefined, validated: { ...validated, artifact } });
    await walk();
    const path = `/v1/models/${hostile}/versions/1.0.0`;
    const { body: blocked } = await call('GET', path);
    expect(blocked).toMatchObject({
      state: 'quarantined',
      quarantine: { rule: 'malformed', reason: expect.stringContaining("'malformed'") },
      scan: { scanner: SCANNER_VERSION, rejection: { rule: 'malformed', path: 'model.onnx' } },
    });
    await expect
      .poll(async () => (await call('POST', `/v2/models/${hostile}/infer`, { inputs: [input] })).body.code, {
        timeout: 20_000,
        interval: 500,
      })
      .toBe('version_quarantined');
    const told = async () =>
      (await call('GET', `/v1/models/${hostile}/history`)).body.items.filter(
        ({ event }: { event: string }) => event === 'VersionBlocked.v1',
      );
    expect(await told()).toMatchObject([{ version: '1.0.0', data: { rule: 'malformed', scanner: SCANNER_VERSION } }]);
    expect((await call('POST', `${path}/release`)).body.code).toBe('operator_only');
    // Another walk blocks it no second time, and what an operator released stays so.
    const operator = await new Person(cloud, 'operator').join('operators');
    const moderated = `/v1/admin/moderation/models/${hostile}/versions/1.0.0/release`;
    expect((await operator.as('POST', moderated, { reason: 'It is known.' })).status).toBe(200);
    await walk();
    expect((await call('GET', path)).body).toMatchObject({ state: 'published' });
    expect(await told()).toHaveLength(1);
  });
});

describe('a version that was changed in the table', () => {
  const refusals = () =>
    awaitLines(cloud, 'inference-infer', (line) => line.work === 'manifest' && line.model === name);
  // What is published is remembered for seconds.
  const eventually = (status: number) =>
    expect.poll(async () => (await infer()).status, { timeout: 20_000, interval: 500 }).toBe(status);

  it.each(['the signature', 'the artifact', 'the products'])('is not run when %s is another', async (what) => {
    await eventually(200);
    const [before, another] = await Promise.all([read(name), read(other)]);
    const { validated } = before ?? {};
    const forged = {
      'the signature': { manifest: { ...validated.manifest, signature: another?.validated.manifest.signature } },
      'the artifact': { artifact: another?.validated.artifact },
      'the products': { products: another?.validated.products },
    }[what];
    await client.put({ TableName: TableName(), Item: { ...before, validated: { ...validated, ...forged } } });
    await eventually(500);
    const refused = await infer();
    expect(refused.body).toMatchObject({ code: 'manifest_invalid' });
    expect(refused.headers.get('x-aimass-price-micros')).toBeNull();
    expect((await refusals()).at(-1)).toMatchObject({ verdict: 'differs', manifestFailures: 1 });
    await client.put({ TableName: TableName(), Item: before ?? {} });
    await eventually(200);
  });
});

describe('an upload in parts that broke off', () => {
  it('goes on with what has arrived, once it is announced again', async () => {
    const bytes = Buffer.alloc(64 * 1_048_576 + 10, 7);
    const file = { path: 'model.onnx', sizeBytes: bytes.length, sha256: sha256Of(bytes) };
    const announce = () => call('POST', `/v1/models/${name}/versions`, { version: '3.0.0', files: [file] });
    const [{ parts, partSizeBytes }] = (await announce()).body.uploads;
    const last = parts.at(-1);
    const sent = await fetch(last.url, { method: 'PUT', body: bytes.subarray(partSizeBytes) });
    expect(sent.status).toBe(200);
    const [again] = (await announce()).body.uploads;
    expect(again.parts).toMatchObject([
      { number: 1 },
      { number: 2, arrived: { etag: sent.headers.get('etag'), sizeBytes: 10 } },
    ]);
    expect(again.parts[0]).not.toHaveProperty('arrived');
  });
});

// A version of many files: what was announced is what is signed, what is signed is what is served, and nothing else is run.
import { execFileSync } from 'node:child_process';
import { createHash, createPublicKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { versionKey } from '../../lambdas/registry/adapters/items.ts';
import { Description } from '../contract/description.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { awaitLines } from '../support/cloud-logs.ts';
import { type Answer, callApi, Person } from '../support/person.ts';
import { publishModel } from '../support/publish.ts';

const iris = readFileSync(new URL('../../local/demo/models/iris.onnx', import.meta.url));
const wine = readFileSync(new URL('../../local/demo/models/wine.onnx', import.meta.url));
const input = { name: 'X', datatype: 'FP32', shape: [1, 4], data: [5.1, 3.5, 1.4, 0.2] };
const others = {
  'config.json': Buffer.from('{"id2label":{"0":"setosa","1":"versicolor","2":"virginica"}}'),
  'tokenizer.json': Buffer.from('{"version":"1.0","model":{"type":"WordLevel","vocab":{"a":0}}}'),
  'labels.txt': Buffer.from('setosa\nversicolor\nvirginica\n'),
  'README.md': Buffer.from('# Irises\n'),
};
const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const description = new Description();

let cloud: Cloud;
let publisher: Person;
let client: DynamoDBDocument;
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
  publisher = await new Person(cloud, 'publisher').join();
  const handle = `bundle-${Math.random().toString(36).slice(2, 8)}`;
  await publisher.as('PATCH', '/v1/account', { handle });
  await publisher.makeKey(['models:read', 'models:write', 'infer']);
  [name, other] = [`${handle}.iris`, `${handle}.wine`];
  await publishModel(publisher, { name, bytes: iris, others });
  await publishModel(publisher, { name: other, bytes: wine });
}, 180_000);

afterAll(async () => {
  client?.destroy();
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
    const contents: Record<string, Uint8Array> = { 'model.onnx': iris, ...others };
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

describe('a version that was changed in the table', () => {
  const TableName = () => cloud.deployment['aimass-dev-data'].RegistryTable;
  const read = async (model: string) =>
    (await client.get({ TableName: TableName(), Key: versionKey(model, '1.0.0') })).Item;
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

// A model is found soon after it is published, as it is: by words, price and tensors, by everybody and by its owner.
import { readFileSync } from 'node:fs';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteObjectCommand, GetObjectCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { Person } from '../support/person.ts';
import { publishModel } from '../support/publish.ts';

const bytes = readFileSync(new URL('../../local/demo/models/iris.onnx', import.meta.url));
/** Of the way through outbox, bus and queue; what is slow here is the machine. */
const PATIENCE_MS = 60_000;

let cloud: Cloud;
let publisher: Person;
let stranger: Person;
let handle: string;
let lambda: LambdaClient;
let s3: S3Client;
let bucket: string;

const namesOf = async (who: Person, query: string): Promise<string[]> => {
  const answer = await who.byKey('GET', `/v1/models?publisher=${handle}&${query}`);
  expect([answer.status, answer.status === 200 ? '' : answer.body]).toEqual([200, '']);
  return answer.body.items.map(({ name }: { name: string }) => name.slice(handle.length + 1));
};

/** Asks until the answer is the expected one, or the patience ends. */
const comesTo = async (who: Person, query: string, names: readonly string[]): Promise<void> => {
  let found: string[] = [];
  for (const deadlineMs = Date.now() + PATIENCE_MS; Date.now() < deadlineMs; ) {
    found = await namesOf(who, query);
    if (JSON.stringify(found) === JSON.stringify(names)) return;
    await new Promise((wake) => setTimeout(wake, 300));
  }
  expect(found).toEqual(names);
};

const keepIndex = async (): Promise<void> => {
  const answer = await lambda.send(
    new InvokeCommand({
      FunctionName: 'aimass-dev-registry-search-merge',
      Payload: Buffer.from('{"source":"aws.events"}'),
    }),
  );
  expect([answer.FunctionError, Buffer.from(answer.Payload ?? []).toString()]).toEqual([undefined, 'null']);
};

const head = { Key: 'v1/head' };

beforeAll(async () => {
  cloud = await startCloud();
  const at = {
    endpoint: cloud.endpoint,
    region: cloud.outputs.region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  lambda = new LambdaClient(at);
  s3 = new S3Client({ ...at, forcePathStyle: true });
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  bucket = Buckets.find(({ Name }) => Name?.includes('search'))?.Name ?? '';
  publisher = await new Person(cloud, 'publisher').join();
  stranger = await new Person(cloud, 'stranger').join();
  handle = `find-${Math.random().toString(36).slice(2, 8)}`;
  await publisher.as('PATCH', '/v1/account', { handle });
  for (const person of [publisher, stranger]) await person.makeKey(['models:read', 'models:write', 'infer']);
  const price = { perCallMicros: '200', perRowMicros: '10' };
  await publishModel(publisher, { name: `${handle}.petals`, bytes, price });
  await publishModel(publisher, { name: `${handle}.sepals`, bytes });
});

afterAll(async () => {
  lambda?.destroy();
  s3?.destroy();
  await cloud?.stop();
});

describe('a published model', () => {
  it('is found by others within seconds: by words, typing errors, price and tensors', async () => {
    await comesTo(stranger, 'sort=name', ['petals', 'sepals']);
    expect(await namesOf(stranger, 'q=petal')).toEqual(['petals']);
    expect(await namesOf(stranger, 'q=pteals')).toEqual(['petals']);
    expect(await namesOf(stranger, 'maxPriceMicros=100')).toEqual(['sepals']);
    expect(await namesOf(stranger, `signature=${encodeURIComponent('FP32[-1,4]')}`)).toEqual(['petals', 'sepals']);
    expect(await namesOf(stranger, `signature=${encodeURIComponent('FP32[-1,30]')}`)).toEqual([]);
    const { body } = await stranger.byKey('GET', `/v1/models?publisher=${handle}&facets=task`);
    expect(body.facets).toEqual({ task: [{ value: 'tabular-classification', count: 2 }] });
  });

  it('is told as it is now, at once: gone when it is private, dear when it is dear', async () => {
    await publisher.byKey('PATCH', `/v1/models/${handle}.sepals`, { visibility: 'private' });
    expect(await namesOf(stranger, 'sort=name')).toEqual(['petals']);
    expect(await namesOf(publisher, 'sort=name')).toEqual(['petals', 'sepals']);
    await publisher.byKey('PATCH', `/v1/models/${handle}.petals`, { price: { perCallMicros: '900' } });
    expect(await namesOf(stranger, 'maxPriceMicros=500')).toEqual([]);
  });

  it('is found by its new words within seconds', async () => {
    await publisher.byKey('PATCH', `/v1/models/${handle}.petals`, { tags: ['blossom'], visibility: 'public' });
    await comesTo(stranger, 'q=blossom', ['petals']);
    expect(await namesOf(stranger, 'tag=blossom&sort=price')).toEqual(['petals']);
  });
});

describe('the index', () => {
  it('says the same after it was put together, and after it was lost and made anew', async () => {
    await keepIndex();
    expect(await namesOf(stranger, 'q=blossom')).toEqual(['petals']);
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, ...head }));
    // What was read is remembered for seconds; from then on its absence is seen, and the catalogue itself is looked at.
    for (let second = 0; second < 6; second++) {
      await new Promise((wake) => setTimeout(wake, 1_000));
      expect(await namesOf(stranger, 'q=blossom')).toEqual(['petals']);
    }
    await keepIndex();
    const made = await s3.send(new GetObjectCommand({ Bucket: bucket, ...head }));
    expect(made.ContentLength).toBeGreaterThan(0);
    await comesTo(stranger, 'q=blossom', ['petals']);
  });

  it('is made by the first change where there is none', async () => {
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, ...head }));
    await publisher.byKey('PATCH', `/v1/models/${handle}.sepals`, { visibility: 'public' });
    await comesTo(stranger, 'sort=name', ['petals', 'sepals']);
    for (const deadlineMs = Date.now() + PATIENCE_MS; ; await new Promise((wake) => setTimeout(wake, 300))) {
      const made = await s3.send(new GetObjectCommand({ Bucket: bucket, ...head })).catch(() => undefined);
      if (made) break;
      expect(Date.now()).toBeLessThan(deadlineMs);
    }
  });
});

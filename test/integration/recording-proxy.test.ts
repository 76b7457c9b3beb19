// The recorder between functions and the emulator: nothing that passes it is changed, and what passed is told.
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  NotFound,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type RecordedLine, recordedLine } from '../../tools/privilege/need.ts';
import { createContextTable, type Emulator, startEmulator } from '../support/emulator.ts';
import type { RecordingOptions } from '../support/recording-proxy.ts';

const MiB = 1_048_576;
const folder = mkdtempSync(join(tmpdir(), 'aimass-recording-'));
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** @returns addresses of the two functions `a` and `b`, and what ends it and tells the lines */
const record = async (target: string, name: string) => {
  const file = join(folder, `${name}.jsonl`);
  const workerData: RecordingOptions = { target, functions: ['a', 'b'], template: 'none', file };
  const worker = new Worker(new URL('../support/recording-proxy.ts', import.meta.url), { workerData });
  const ports = await new Promise<unknown>((resolve, reject) => worker.once('message', resolve).once('error', reject));
  const at = z.object({ a: z.number(), b: z.number() }).parse(ports);
  return {
    a: `http://127.0.0.1:${at.a}`,
    b: `http://127.0.0.1:${at.b}`,
    end: async (): Promise<RecordedLine[]> => {
      const ended = new Promise((resolve) => worker.once('exit', resolve));
      worker.postMessage('end');
      await ended;
      const texts = readFileSync(file, 'utf8').trim().split('\n');
      return texts.map((text) => recordedLine.parse(JSON.parse(text)));
    },
  };
};

const told = (lines: readonly RecordedLine[]) =>
  lines.flatMap((line) =>
    line.is === 'need' ? [[line.signer, line.from, line.need.action, line.need.resource.split(':').at(-1)]] : [],
  );

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('between a function and the emulator', () => {
  let emulator: Emulator;
  let proxy: Awaited<ReturnType<typeof record>>;
  let s3: S3Client;

  beforeAll(async () => {
    emulator = await startEmulator();
    await createContextTable(emulator.endpoint, 'items');
    proxy = await record(emulator.endpoint, 'emulator');
    s3 = clientAt(S3Client, proxy.a);
    await clientAt(S3Client, emulator.endpoint).send(new CreateBucketCommand({ Bucket: 'bucket' }));
  });

  afterAll(() => emulator?.stop());

  const clientAt = <C>(
    Client: new (config: {
      endpoint: string;
      region: string;
      credentials: { accessKeyId: string; secretAccessKey: string };
    }) => C,
    endpoint: string,
  ): C => new Client({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });

  it('large objects arrive whole, both ways', async () => {
    const bytes = randomBytes(64 * MiB);
    await s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'large', Body: bytes }));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'large' }));
    expect(sha256((await Body?.transformToByteArray()) ?? new Uint8Array())).toBe(sha256(bytes));
  });

  it('absence is told as such, and forms and presigned addresses work', async () => {
    await expect(s3.send(new HeadObjectCommand({ Bucket: 'bucket', Key: 'none' }))).rejects.toThrow(NotFound);
    const { url, fields } = await createPresignedPost(s3, { Bucket: 'bucket', Key: 'formed' });
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('file', new Blob([randomBytes(2 * MiB)]), 'x');
    expect((await fetch(url, { method: 'POST', body: form })).ok).toBe(true);
    const address = await getSignedUrl(s3, new GetObjectCommand({ Bucket: 'bucket', Key: 'formed' }));
    expect((await (await fetch(address)).arrayBuffer()).byteLength).toBe(2 * MiB);
  });

  it('each call is told with who made it, each need once', async () => {
    const items = clientAt(DynamoDBClient, proxy.b);
    const get = () => items.send(new GetItemCommand({ TableName: 'items', Key: { pk: { S: 'p' }, sk: { S: 's' } } }));
    await Promise.all([get(), get(), get()]);
    await fetch(`${proxy.b}/bucket/large`, { method: 'HEAD' });
    const lines = await proxy.end();
    expect(told(lines)).toEqual([
      ['a', 'a', 's3:PutObject', 'bucket/large'],
      ['a', 'a', 's3:GetObject', 'bucket/large'],
      ['a', 'a', 's3:GetObject', 'bucket/none'],
      ['a', 'a', 's3:ListBucket', 'bucket'],
      ['a', undefined, 's3:PutObject', 'bucket/formed'],
      ['a', undefined, 's3:GetObject', 'bucket/formed'],
      ['b', 'b', 'dynamodb:GetItem', 'table/items'],
    ]);
    expect(lines.filter(({ is }) => is === 'unknown')).toMatchObject([
      { signer: 'b', what: expect.stringContaining('unsigned') },
    ]);
    expect(lines.at(-1)).toEqual({ is: 'end', callCount: 9 });
  });
});

describe('a service that answers late', () => {
  let server: Server;
  let held: (() => void) | undefined;

  beforeAll(async () => {
    server = createServer((request, answer) => {
      const body = { done: true };
      if (request.url?.includes('/invocations')) held = () => answer.end(JSON.stringify(body));
      else answer.end('bytes');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('is waited for; what the invoked function fetches and sends meanwhile is told as its own, under its caller’s name', async () => {
    const proxy = await record(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'late');
    const signature = 'ab'.repeat(32);
    const invoked = fetch(`${proxy.a}/2015-03-31/functions/b/invocations`, {
      method: 'POST',
      headers: { authorization: 'AWS4-HMAC-SHA256 Credential=x' },
      body: JSON.stringify({
        url: `${proxy.a}/bucket/key?X-Amz-Signature=${signature}&x-id=GetObject`,
        form: { url: `${proxy.a}/bucket`, fields: { key: 'sent', 'X-Amz-Signature': 'ef'.repeat(32) } },
      }),
    });
    while (!held) await sleep(5);
    await fetch(`${proxy.a}/bucket/key?X-Amz-Signature=${signature}`);
    await fetch(`${proxy.a}/bucket/key?X-Amz-Signature=${'cd'.repeat(32)}`);
    const form = new FormData();
    form.append('key', 'sent');
    form.append('X-Amz-Signature', 'ef'.repeat(32));
    form.append('file', new Blob(['bytes']), 'x');
    await fetch(`${proxy.a}/bucket`, { method: 'POST', body: form });
    held();
    expect(await (await invoked).json()).toEqual({ done: true });
    expect(told(await proxy.end())).toEqual([
      ['a', 'b', 's3:GetObject', 'bucket/key'],
      ['a', undefined, 's3:GetObject', 'bucket/key'],
      ['a', 'b', 's3:PutObject', 'bucket/sent'],
      ['a', 'a', 'lambda:InvokeFunction', 'b'],
    ]);
  });
});

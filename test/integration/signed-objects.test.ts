// Our own reader of objects against the SDK's, on one bucket: the same bytes, the same refusals.
import { randomBytes } from 'node:crypto';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ObjectSink, type ReadObject, signedObjects } from '../../lambdas/shared/platform/signed/objects.ts';
import { type Emulator, startEmulator } from '../support/emulator.ts';

const Bucket = 'aimass-test-objects';

let emulator: Emulator;
let sdk: S3Client;
let readObject: ReadObject;

beforeAll(async () => {
  emulator = await startEmulator();
  sdk = new S3Client({
    endpoint: emulator.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  await sdk.send(new CreateBucketCommand({ Bucket }));
  readObject = signedObjects({ env: emulator.env });
});
afterAll(async () => {
  sdk?.destroy();
  await emulator?.stop();
});

const ours = async (key: string, bucket = Bucket): Promise<Buffer> => {
  const room = Buffer.alloc(300_000);
  const parts: Buffer[] = [];
  const sink: ObjectSink = {
    begin: () => parts.splice(0),
    space: () => room,
    take: (bytes) => {
      parts.push(Buffer.from(bytes));
      return undefined;
    },
  };
  await readObject(bucket, key, sink);
  return Buffer.concat(parts);
};

const theirs = async (key: string): Promise<Buffer> => {
  const { Body } = await sdk.send(new GetObjectCommand({ Bucket, Key: key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
};

const nameOf = (reading: Promise<unknown>) =>
  reading.then(
    () => undefined,
    (fault: unknown) => (fault instanceof Error ? fault.name : fault),
  );

describe('an object', () => {
  it.each([
    { key: 'sha256/0123456789abcdef', size: 1 },
    { key: 'empty', size: 0 },
    { key: "a b/ü+(c)*!'~/%41&=?.onnx", size: 70_001 },
    { key: 'large', size: 20_000_000 },
  ])('of $size bytes comes as the SDK reads it: $key', async ({ key, size }) => {
    const bytes = randomBytes(size);
    await sdk.send(new PutObjectCommand({ Bucket, Key: key, Body: bytes }));
    expect((await ours(key)).equals(bytes)).toBe(true);
    expect((await theirs(key)).equals(bytes)).toBe(true);
  });

  it('that is missing is refused by the same name', async () => {
    expect(await nameOf(ours('nowhere'))).toBe('NoSuchKey');
    expect(await nameOf(theirs('nowhere'))).toBe('NoSuchKey');
    expect(await nameOf(ours('large', 'aimass-no-bucket'))).toBe('NoSuchBucket');
  });

  it('comes to many at once', async () => {
    const bytes = randomBytes(1_000_000);
    await sdk.send(new PutObjectCommand({ Bucket, Key: 'many', Body: bytes }));
    const all = await Promise.all(Array.from({ length: 12 }, () => ours('many')));
    for (const got of all) expect(got.equals(bytes)).toBe(true);
  });
});

// Objects of S3 by the SDK: a container gets its credentials from where only the SDK looks for them, and does not wait
// for a cold start.
import { Readable } from 'node:stream';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { ObjectSink, ReadObject } from '../../shared/platform/signed/objects.ts';

export const sdkObjects =
  (s3: S3Client): ReadObject =>
  async (bucket, key, sink) => {
    const { Body: body, ContentLength: sizeBytes } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    if (!(body instanceof Readable) || sizeBytes === undefined) throw new Error(`object ${key} must be a stream`);
    sink.begin(sizeBytes);
    for await (const chunk of body as AsyncIterable<Uint8Array>) await pour(chunk, sink);
  };

const pour = async (chunk: Uint8Array, sink: ObjectSink): Promise<void> => {
  for (let at = 0; at < chunk.length; ) {
    const space = sink.space();
    const part = space.subarray(0, Math.min(space.length, chunk.length - at));
    if (part.length === 0) throw new Error('an object must not be longer than it says');
    part.set(chunk.subarray(at, at + part.length));
    at += part.length;
    await sink.take(part);
  }
};

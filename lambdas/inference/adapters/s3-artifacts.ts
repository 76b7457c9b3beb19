// Artifacts in S3: streamed, and hashed on the way.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { ArtifactStore } from '../ports.ts';

export const s3Artifacts = (s3: S3Client, bucket: string): ArtifactStore => ({
  read: async ({ key, sha256, sizeBytes }) => {
    const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    if (!(body instanceof Readable)) throw new Error(`artifact ${key} must be a stream`);
    const bytes = Buffer.allocUnsafeSlow(sizeBytes);
    const hash = createHash('sha256');
    let at = 0;
    for await (const chunk of body) {
      if (!(chunk instanceof Uint8Array)) throw new Error(`artifact ${key} must come as bytes`);
      if (at + chunk.length > sizeBytes) throw new Error(`artifact ${key} must have ${sizeBytes} bytes, got more`);
      bytes.set(chunk, at);
      hash.update(chunk);
      at += chunk.length;
    }
    if (at !== sizeBytes) throw new Error(`artifact ${key} must have ${sizeBytes} bytes, got ${at}`);
    const got = hash.digest('hex');
    if (got !== sha256) throw new Error(`artifact ${key} must have the SHA-256 ${sha256}, got ${got}`);
    return bytes;
  },
});

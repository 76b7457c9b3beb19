// The quarantine bucket as the scan sees it: reads what was pinned, writes what it made of it.
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Quarantine } from '../ports.ts';

export const s3Quarantine = (client: S3Client, bucket: string, signal: AbortSignal): Quarantine => ({
  async *read(key, versionId) {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }), {
      abortSignal: signal,
    });
    if (!Body) throw new Error('S3 answered an object without a body');
    const stream: AsyncIterable<unknown> = Body.transformToWebStream();
    for await (const chunk of stream) {
      if (!(chunk instanceof Uint8Array)) throw new Error('S3 answered something other than bytes');
      yield chunk;
    }
  },

  write: async (key, bytes, sha256) => {
    const ChecksumSHA256 = Buffer.from(sha256, 'hex').toString('base64');
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes, ChecksumSHA256 }), {
      abortSignal: signal,
    });
  },

  presign: (key, lifeSeconds) =>
    getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: key }), { expiresIn: lifeSeconds }),
});

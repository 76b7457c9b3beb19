// The quarantine bucket as the scan sees it: reads what was pinned, writes what it made of it.
import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Quarantine } from '../ports.ts';
import { UploadGone } from '../upload-gone.ts';
import { readObject } from './read-object.ts';

/** What S3 says of an object, or a version of one, that was deleted. */
const absent: ReadonlySet<string> = new Set(['NoSuchKey', 'NoSuchVersion', 'MethodNotAllowed']);

export const s3Quarantine = (client: S3Client, bucket: string, signal: AbortSignal): Quarantine => ({
  read: async function* (key, versionId) {
    try {
      yield* readObject(client, { Bucket: bucket, Key: key, VersionId: versionId }, signal);
    } catch (fault) {
      if (fault instanceof S3ServiceException && absent.has(fault.name)) throw new UploadGone(key);
      throw fault;
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

  form: (key, { sizeBytes, lifeSeconds }) =>
    createPresignedPost(client, {
      Bucket: bucket,
      Key: key,
      Conditions: [['content-length-range', 1, sizeBytes]],
      Expires: lifeSeconds,
    }),

  pin: async (key) => {
    const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
    const { VersionId: versionId, ContentLength: sizeBytes } = head;
    if (versionId === undefined || sizeBytes === undefined) throw new Error('the quarantine bucket must be versioned');
    return { versionId, sizeBytes };
  },
});

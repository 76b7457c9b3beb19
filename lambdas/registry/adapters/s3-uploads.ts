// Uploads into the quarantine bucket: one form bound to key, size and SHA-256, or the parts of a multipart upload.
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListPartsCommand,
  NotFound,
  type S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { ArrivedPart, UploadAddress, UploadPlan, Uploads, VersionFile } from '../ports.ts';
import { FORM_LIMIT_BYTES } from '../terms.ts';

const PART_SIZE_BYTES = 64 * 1_048_576;

/** What S3 says of parts that are not the ones it has. */
const partFaults: ReadonlySet<string> = new Set(['InvalidPart', 'InvalidPartOrder', 'EntityTooSmall', 'MalformedXML']);

export const s3Uploads = (client: S3Client, bucket: string): Uploads => ({
  begin: async (key, sizeBytes) => {
    if (sizeBytes <= FORM_LIMIT_BYTES) return { kind: 'form', key };
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: key }));
    if (!UploadId) throw new Error('S3 began a multipart upload without an id');
    return { kind: 'parts', key, uploadId: UploadId };
  },

  address: (plan, file, lifeSeconds) =>
    plan.kind === 'form'
      ? formAddress(client, bucket, { key: plan.key, file, lifeSeconds })
      : partAddresses(client, bucket, { plan, sizeBytes: file.sizeBytes, lifeSeconds }),

  arrived: async (plan) => {
    const arrived = new Map<number, ArrivedPart>();
    if (plan.kind === 'form') return arrived;
    const { key: Key, uploadId: UploadId } = plan;
    try {
      // 1 GiB in parts of 64 MiB: a page holds them all.
      const { Parts = [] } = await client.send(new ListPartsCommand({ Bucket: bucket, Key, UploadId }));
      for (const { PartNumber: number, ETag: etag, Size: sizeBytes } of Parts) {
        if (number !== undefined && etag !== undefined && sizeBytes !== undefined)
          arrived.set(number, { etag, sizeBytes });
      }
    } catch (fault) {
      if (!(fault instanceof S3ServiceException) || fault.name !== 'NoSuchUpload') throw fault;
    }
    return arrived;
  },

  join: async (plan, parts) => {
    if (plan.kind === 'form') return 'joined';
    const sorted = [...parts].sort((a, b) => a.number - b.number);
    try {
      await client.send(
        new CompleteMultipartUploadCommand({
          Bucket: bucket,
          Key: plan.key,
          UploadId: plan.uploadId,
          MultipartUpload: { Parts: sorted.map(({ number, etag }) => ({ PartNumber: number, ETag: etag })) },
        }),
      );
    } catch (fault) {
      if (!(fault instanceof S3ServiceException)) throw fault;
      // Joined before, by a call whose answer or whose next step was lost; if it never was, no object is there.
      if (fault.name === 'NoSuchUpload') return 'joined';
      if (partFaults.has(fault.name)) return 'parts_differ';
      throw fault;
    }
    return 'joined';
  },

  head: async (key) => {
    try {
      const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' }));
      const { VersionId: versionId, ContentLength: sizeBytes } = head;
      if (versionId === undefined || sizeBytes === undefined)
        throw new Error('the quarantine bucket must be versioned');
      // A checksum of parts is a checksum of checksums, and says so by its ending.
      const sha256 = head.ChecksumSHA256?.includes('-') ? undefined : head.ChecksumSHA256;
      return { versionId, sizeBytes, sha256: sha256 && Buffer.from(sha256, 'base64').toString('hex') };
    } catch (fault) {
      if (fault instanceof NotFound) return undefined;
      throw fault;
    }
  },
});

const formAddress = async (
  client: S3Client,
  bucket: string,
  { key, file, lifeSeconds }: { key: string; file: VersionFile; lifeSeconds: number },
): Promise<UploadAddress> => {
  const { url, fields } = await createPresignedPost(client, {
    Bucket: bucket,
    Key: key,
    // Each field becomes a condition too.
    Fields: {
      'x-amz-checksum-algorithm': 'SHA256',
      'x-amz-checksum-sha256': Buffer.from(file.sha256, 'hex').toString('base64'),
    },
    Conditions: [['content-length-range', file.sizeBytes, file.sizeBytes]],
    Expires: lifeSeconds,
  });
  return { method: 'POST', url, fields };
};

const partAddresses = async (
  client: S3Client,
  bucket: string,
  request: { plan: Extract<UploadPlan, { kind: 'parts' }>; sizeBytes: number; lifeSeconds: number },
): Promise<UploadAddress> => {
  const { plan, sizeBytes, lifeSeconds } = request;
  const count = Math.ceil(sizeBytes / PART_SIZE_BYTES);
  const parts = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const number = index + 1;
      const length = Math.min(PART_SIZE_BYTES, sizeBytes - index * PART_SIZE_BYTES);
      const command = new UploadPartCommand({
        Bucket: bucket,
        Key: plan.key,
        UploadId: plan.uploadId,
        PartNumber: number,
        ContentLength: length,
      });
      // Signing the length keeps a part from being larger than what was announced.
      const url = await getSignedUrl(client, command, {
        expiresIn: lifeSeconds,
        signableHeaders: new Set(['host', 'content-length']),
      });
      return { number, url };
    }),
  );
  return { method: 'PUT', partSizeBytes: PART_SIZE_BYTES, parts };
};

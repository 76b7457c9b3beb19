// The search index in its bucket: `v1/head`, which is replaced under the condition that it is still the one that was
// read, and segments under their hashes, which never change. Both are compressed; the bucket drops what was not
// written anew for days, so what a crash leaves behind is nobody's to clear away.
//
//   length of the content u32 | zstd of the content
import { createHash } from 'node:crypto';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import * as z from 'zod/mini';
import { decodeHead, encodeHead } from '../domain/search/index-head.ts';
import { decodeSegment, encodeSegment, SEGMENT_VERSION } from '../domain/search/segment-bytes.ts';
import type { SearchIndexReader, SearchIndexStore } from '../ports/search.ts';

/** Another layout lies elsewhere: the code before goes on reading its own until it is gone. */
const FOLDER = `v${SEGMENT_VERSION}`;
const HEAD = `${FOLDER}/head`;

/** No more is unpacked, whatever the length says. */
const MOST_BYTES = 2 ** 30;

const headText = z.object({
  base: z.object({ key: z.string(), sha256: z.string(), sizeBytes: z.int() }),
  rebuiltAtMs: z.number(),
  rebuildingSinceMs: z.optional(z.number()),
  lastAtMs: z.number(),
  removed: z.array(z.tuple([z.string(), z.number()])),
});

export const s3SearchReader = (client: S3Client, bucket: string): SearchIndexReader => {
  const get = async (key: string, etag?: string) => {
    const command = new GetObjectCommand({ Bucket: bucket, Key: key, ...(etag ? { IfNoneMatch: etag } : {}) });
    const { Body, ETag } = await client.send(command);
    if (!Body || ETag === undefined) throw new Error('S3 answered an object without a body or an ETag');
    return { bytes: await Body.transformToByteArray(), etag: ETag };
  };
  return {
    readHead: async (etag) => {
      try {
        const found = await get(HEAD, etag);
        return {
          outcome: 'read',
          head: decodeHead(unpack(found.bytes), (text) => headText.parse(text)),
          etag: found.etag,
        };
      } catch (fault) {
        if (fault instanceof NoSuchKey) return { outcome: 'none' };
        if (statusOf(fault) === 304) return { outcome: 'same' };
        throw fault;
      }
    },

    readBase: async ({ key, sha256, sizeBytes }) => {
      const { bytes } = await get(key);
      const is = createHash('sha256').update(bytes).digest('hex');
      if (bytes.length !== sizeBytes || is !== sha256) {
        throw new Error(`the segment ${key} is not the one that was written: ${bytes.length} bytes, SHA-256 ${is}`);
      }
      return decodeSegment(unpack(bytes));
    },
  };
};

export const s3SearchIndex = (client: S3Client, bucket: string): SearchIndexStore => ({
  ...s3SearchReader(client, bucket),

  writeBase: async (segment) => {
    const bytes = pack(encodeSegment(segment));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const key = `${FOLDER}/segments/${sha256}`;
    const ChecksumSHA256 = Buffer.from(sha256, 'hex').toString('base64');
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes, ChecksumSHA256 }));
    return { key, sha256, sizeBytes: bytes.length };
  },

  writeHead: async (head, etag) => {
    const condition = etag === undefined ? { IfNoneMatch: '*' } : { IfMatch: etag };
    try {
      await client.send(
        new PutObjectCommand({ Bucket: bucket, Key: HEAD, Body: pack(encodeHead(head)), ...condition }),
      );
      return true;
    } catch (fault) {
      // 409: another conditional write is under way; 404: it is gone.
      if ([404, 409, 412].includes(statusOf(fault) ?? 0)) return false;
      throw fault;
    }
  },
});

const statusOf = (fault: unknown): number | undefined =>
  fault instanceof S3ServiceException ? fault.$metadata.httpStatusCode : undefined;

const pack = (bytes: Uint8Array): Uint8Array => {
  const packed = zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });
  const whole = new Uint8Array(4 + packed.length);
  new DataView(whole.buffer).setUint32(0, bytes.length, true);
  whole.set(packed, 4);
  return whole;
};

const unpack = (whole: Uint8Array): Uint8Array => {
  if (whole.length < 4) throw new Error('an object of the search index must have a length before it');
  const length = new DataView(whole.buffer, whole.byteOffset, 4).getUint32(0, true);
  if (length > MOST_BYTES) throw new Error(`an object of the search index may hold ${MOST_BYTES} bytes, got ${length}`);
  // In one piece: the pieces of 16 KiB that it would come in otherwise take longer than the work itself.
  const bytes = zstdDecompressSync(whole.subarray(4), { chunkSize: Math.max(64, length), maxOutputLength: MOST_BYTES });
  if (bytes.length !== length)
    throw new Error(`an object of the search index must hold ${length} bytes, got ${bytes.length}`);
  return bytes;
};

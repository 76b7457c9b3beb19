// Deletes objects of the artifacts bucket for good: a version of an object by its id, which no later write has.
import { DeleteObjectCommand, HeadObjectCommand, NotFound, type S3Client } from '@aws-sdk/client-s3';
import type { ObjectRemoval } from '../ports/life.ts';

export const s3Removal = (client: S3Client, bucket: string): ObjectRemoval => ({
  find: async (key) => {
    try {
      const { VersionId, ContentLength } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
      if (VersionId === undefined || ContentLength === undefined) {
        throw new Error('an object of a versioned bucket must have a version and a length');
      }
      return { versionId: VersionId, sizeBytes: ContentLength };
    } catch (fault) {
      if (fault instanceof NotFound) return undefined;
      throw fault;
    }
  },

  remove: async (key, versionId) => {
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }));
  },
});

// Empties versioned buckets, which CloudFormation cannot delete while they hold anything.
import { DeleteObjectsCommand, ListBucketsCommand, ListObjectVersionsCommand, type S3Client } from '@aws-sdk/client-s3';

/** @param prefix - of the buckets' names @returns how many objects, versions and markers were removed */
export const emptyBuckets = async (s3: S3Client, prefix: string): Promise<number> => {
  let count = 0;
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({ Prefix: prefix }));
  for (const { Name } of Buckets) if (Name?.startsWith(prefix)) count += await emptyBucket(s3, Name);
  return count;
};

const emptyBucket = async (s3: S3Client, bucket: string): Promise<number> => {
  let count = 0;
  for (;;) {
    // From the start each time: what was listed is gone by then.
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket, MaxKeys: 1000 }));
    const objects = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ Key, VersionId }) => ({
      Key,
      VersionId,
    }));
    if (objects.length === 0) return count;
    const { Errors = [] } = await s3.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: objects, Quiet: true } }),
    );
    if (Errors.length > 0) throw new Error(`cannot delete ${Errors[0]?.Key} of ${bucket}: ${Errors[0]?.Message}`);
    count += objects.length;
  }
};

import type { S3Client } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { emptyBuckets } from '../../lib/empty-buckets.ts';

/** S3 as far as emptying needs it; pages hold two entries. */
const fakeS3 = (buckets: Record<string, string[]>, locked: string[] = []) => {
  const send = async ({ input, constructor }: { input: Record<string, never>; constructor: { name: string } }) => {
    const { Bucket = '', Delete } = input as {
      Bucket?: string;
      Delete?: { Objects: { Key: string; VersionId: string }[] };
    };
    if (constructor.name === 'ListBucketsCommand') return { Buckets: Object.keys(buckets).map((Name) => ({ Name })) };
    if (constructor.name === 'ListObjectVersionsCommand') {
      const page = (buckets[Bucket] ?? [])
        .slice(0, 2)
        .map((entry) => ({ Key: entry.split('@')[0], VersionId: entry.split('@')[1] }));
      return { Versions: page.slice(0, 1), DeleteMarkers: page.slice(1) };
    }
    const gone = (Delete?.Objects ?? []).map(({ Key, VersionId }) => `${Key}@${VersionId}`);
    const refused = gone.filter((entry) => locked.includes(entry));
    buckets[Bucket] = (buckets[Bucket] ?? []).filter((entry) => !gone.includes(entry) || refused.includes(entry));
    return { Errors: refused.map((Key) => ({ Key, Message: 'AccessDenied' })) };
  };
  return { send } as unknown as S3Client;
};

it('removes every version and marker, page by page, of the buckets with the prefix alone', async () => {
  const buckets = {
    'aimass-dev-data-a': ['x@1', 'x@2', 'x@3', 'y@1', 'z@1'],
    'aimass-dev-data-b': ['q@1'],
    other: ['kept@1'],
  };
  expect(await emptyBuckets(fakeS3(buckets), 'aimass-dev-data-')).toBe(6);
  expect(buckets).toEqual({ 'aimass-dev-data-a': [], 'aimass-dev-data-b': [], other: ['kept@1'] });
});

it('stops at what it may not delete, and names it', async () => {
  const s3 = fakeS3({ 'aimass-dev-data-a': ['x@1'] }, ['x@1']);
  await expect(emptyBuckets(s3, 'aimass-dev-data-')).rejects.toThrow(
    'cannot delete x@1 of aimass-dev-data-a: AccessDenied',
  );
});

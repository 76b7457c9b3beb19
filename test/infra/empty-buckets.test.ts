import {
  DeleteObjectsCommand,
  ListBucketsCommand,
  type ListObjectVersionsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { emptyBuckets } from '../../lib/empty-buckets.ts';

type Command = ListBucketsCommand | ListObjectVersionsCommand | DeleteObjectsCommand;

/** S3 as far as emptying needs it: bucket → `key@version`s; a page lists two. */
const fakeS3 = (buckets: Record<string, string[]>, locked: readonly string[] = []) => {
  const remove = ({ Bucket = '', Delete }: DeleteObjectsCommand['input']) => {
    const named = (Delete?.Objects ?? []).map(({ Key, VersionId }) => `${Key}@${VersionId}`);
    buckets[Bucket] = (buckets[Bucket] ?? []).filter((entry) => !named.includes(entry) || locked.includes(entry));
    return { Errors: named.filter((entry) => locked.includes(entry)).map((Key) => ({ Key, Message: 'AccessDenied' })) };
  };
  const list = ({ Bucket = '' }: ListObjectVersionsCommand['input']) => {
    const [version, marker] = (buckets[Bucket] ?? []).map((entry) => {
      const [Key, VersionId] = entry.split('@');
      return { Key, VersionId };
    });
    return { Versions: version ? [version] : [], DeleteMarkers: marker ? [marker] : [] };
  };
  const send = async (command: Command) => {
    if (command instanceof ListBucketsCommand) return { Buckets: Object.keys(buckets).map((Name) => ({ Name })) };
    return command instanceof DeleteObjectsCommand ? remove(command.input) : list(command.input);
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

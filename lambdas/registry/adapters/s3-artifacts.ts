// The artifacts bucket: each object named by the SHA-256 of its bytes, so that what is there is right for ever.
import {
  CopyObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  NotFound,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Artifacts } from '../ports.ts';
import { readObject } from './read-object.ts';

export interface ArtifactPlaces {
  readonly quarantineBucket: string;
  readonly artifactsBucket: string;
  readonly signal: AbortSignal;
}

export const s3Artifacts = (
  client: S3Client,
  { quarantineBucket, artifactsBucket, signal }: ArtifactPlaces,
): Artifacts => {
  const sizeOf = async (key: string): Promise<number | undefined> => {
    try {
      const command = new HeadObjectCommand({ Bucket: artifactsBucket, Key: key });
      return (await client.send(command, { abortSignal: signal })).ContentLength;
    } catch (fault) {
      if (fault instanceof NotFound) return undefined;
      throw fault;
    }
  };
  return {
    keep: async (candidate, key) => {
      if ((await sizeOf(key)) === candidate.sizeBytes) return;
      const source = `${quarantineBucket}/${candidate.key.split('/').map(encodeURIComponent).join('/')}`;
      const version = candidate.versionId === undefined ? '' : `?versionId=${encodeURIComponent(candidate.versionId)}`;
      await client.send(
        new CopyObjectCommand({ Bucket: artifactsBucket, Key: key, CopySource: `${source}${version}` }),
        { abortSignal: signal },
      );
      const sizeBytes = await sizeOf(key);
      if (sizeBytes !== candidate.sizeBytes) {
        throw new Error(`the artifact must have ${candidate.sizeBytes} bytes after the copy, got ${sizeBytes}`);
      }
    },

    read: (key) => readObject(client, { Bucket: artifactsBucket, Key: key }, signal),

    write: async (key, bytes, sha256) => {
      if ((await sizeOf(key)) === bytes.length) return;
      const ChecksumSHA256 = Buffer.from(sha256, 'hex').toString('base64');
      const command = new PutObjectCommand({ Bucket: artifactsBucket, Key: key, Body: bytes, ChecksumSHA256 });
      await client.send(command, { abortSignal: signal });
    },

    presign: (key, lifeSeconds) =>
      getSignedUrl(client, new GetObjectCommand({ Bucket: artifactsBucket, Key: key }), { expiresIn: lifeSeconds }),
  };
};

// The artifacts bucket: each object named by the SHA-256 of its bytes, so that what is there is right for ever.
import { CopyObjectCommand, HeadObjectCommand, NotFound, type S3Client } from '@aws-sdk/client-s3';
import type { Artifacts } from '../ports.ts';

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
  };
};

// Presigned addresses of artifacts, for whoever may download them.
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { dispositionOf } from '../domain/disposition.ts';
import type { LinkDownload } from '../ports/downloads.ts';

export const s3Downloads =
  (client: S3Client, bucket: string): LinkDownload =>
  ({ key, fileName, lifeSeconds }) =>
    getSignedUrl(
      client,
      new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        ResponseContentType: 'application/octet-stream',
        ResponseContentDisposition: dispositionOf(fileName),
      }),
      { expiresIn: lifeSeconds },
    );

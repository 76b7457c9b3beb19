// The S3 client of the registry: no checksums of its own choosing, which presigned addresses would otherwise carry for
// an empty body.
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';

/** @param place - where S3 is, when it is not where the environment says */
export const registryS3 = (place: S3ClientConfig = {}): S3Client =>
  new S3Client({ requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED', ...place });

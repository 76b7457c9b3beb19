// Runs every six hours: moves events of months that are long sealed to the archive (domain/archive-events.ts). Runs may overlap
// and may be killed.

import { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod/mini';
import { documentClient } from '../../shared/platform/aws.ts';
import { readEnv } from '../../shared/platform/env.ts';
import { logWork } from '../../shared/platform/log.ts';
import { books } from '../adapters/books.ts';
import { archiverEnv, billingArchiveEnv, billingEnv } from '../contract.ts';
import { archiveDue } from '../domain/archive-events.ts';

/** No day is begun after it; the next run goes on. */
const RUN_MS = 600_000;

const env = readEnv(z.extend(billingEnv, { ...billingArchiveEnv.shape, ...archiverEnv.shape }));
const ports = books({
  client: documentClient(),
  table: env.BILLING_TABLE,
  s3: new S3Client({}),
  archiveBucket: env.BILLING_ARCHIVE_BUCKET,
});

export const handler = async (): Promise<void> => {
  const nowMs = Date.now();
  const report = await archiveDue(ports, {
    nowMs,
    retentionDays: env.EVENT_RETENTION_DAYS,
    deadlineMs: nowMs + RUN_MS,
    clock: Date.now,
  });
  logWork('archive', { ...report, durationMs: Date.now() - nowMs });
};

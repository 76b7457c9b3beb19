// Runs every hour, and audits once a day (domain/audit/): each finding is a line of its log, each part of a run one with
// the figure that the alarm AuditDifference rings by, the run's last line says whether the audit is through. Reads only, but
// for the note of how far it is.

import { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod/mini';
import { documentClient } from '../../shared/platform/aws.ts';
import { readEnv } from '../../shared/platform/env.ts';
import { logWork } from '../../shared/platform/log.ts';
import { books } from '../adapters/books.ts';
import { dynamoAuditProgress } from '../adapters/dynamo-audit-progress.ts';
import { AUDIT_PART_WORK, AUDIT_WORK, billingArchiveEnv, billingEnv } from '../contract.ts';
import { auditInParts } from '../domain/audit/audit-in-parts.ts';
import type { AuditReport } from '../domain/audit/audit-table.ts';

/** The next run goes on where one stops; what is begun then is ended within the function's time-out. */
const RUN_MS = 600_000;
/** Of a part. */
const MAX_LOGGED = 100;

const env = readEnv(z.extend(billingEnv, billingArchiveEnv.shape));
const ports = {
  ...books({
    client: documentClient(),
    table: env.BILLING_TABLE,
    s3: new S3Client({}),
    archiveBucket: env.BILLING_ARCHIVE_BUCKET,
  }),
  progress: dynamoAuditProgress(documentClient(), env.BILLING_TABLE),
};

const tell = ({ accountCount, eventCount, findings }: AuditReport): void => {
  for (const finding of findings.slice(0, MAX_LOGGED)) logWork('audit_finding', { ...finding });
  logWork(AUDIT_PART_WORK, { accountCount, eventCount, findingCount: findings.length });
};

export const handler = async (): Promise<void> => {
  const startedAtMs = Date.now();
  const run = await auditInParts(ports, { deadlineMs: startedAtMs + RUN_MS, clock: Date.now, tell });
  logWork(AUDIT_WORK, {
    due: run !== undefined,
    accountCount: run?.accountCount ?? 0,
    eventCount: run?.eventCount ?? 0,
    differenceMicros: String(run?.differenceMicros ?? 0n),
    undecidedMicros: String(run?.undecidedMicros ?? 0n),
    findingCount: run?.findingCount ?? 0,
    notAuditedCount: run?.notAuditedCount ?? 0,
    // Of a run that had something to do: the alarm AuditStopped waits for it.
    finished: run !== undefined && run.next === undefined,
    durationMs: Date.now() - startedAtMs,
  });
};

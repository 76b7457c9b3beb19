// Every store of billing's books over one table and one archive bucket, for those that look at all of them.
import { setTimeout as sleep } from 'node:timers/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import type { TableClient } from '../../shared/platform/table-client.ts';
import { dynamoArchive } from './dynamo-archive.ts';
import { dynamoAudit } from './dynamo-audit.ts';
import { dynamoEvents } from './dynamo-events.ts';
import { dynamoMonths } from './dynamo-months.ts';
import { dynamoOpenPeriods } from './dynamo-open-periods.ts';
import { dynamoUsage } from './dynamo-usage.ts';
import { s3EventObjects } from './s3-event-objects.ts';

export interface BookPlaces {
  readonly client: TableClient;
  readonly table: string;
  readonly s3: S3Client;
  readonly archiveBucket: string;
}

export const books = ({ client, table, s3, archiveBucket }: BookPlaces) => ({
  open: dynamoOpenPeriods(client, table),
  usage: dynamoUsage(client, table),
  months: dynamoMonths(client, table),
  events: dynamoEvents(client, table),
  archive: dynamoArchive(client, table),
  objects: s3EventObjects(s3, archiveBucket),
  audit: dynamoAudit(client, table),
  sleep: async (ms: number): Promise<void> => {
    await sleep(ms);
  },
});

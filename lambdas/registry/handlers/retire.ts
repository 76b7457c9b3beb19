// registry-retire: runs every five minutes, and ends what has come to its end: notices, the files of retired versions, withdrawn
// models, subscriptions. The queue behind AccountDeleted.v1 has it withdraw what a deleted account published.
import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { documentClient } from '../../shared/platform/aws.ts';
import { readEnv } from '../../shared/platform/env.ts';
import { logFault, logWork } from '../../shared/platform/log.ts';
import { dynamoAccess } from '../adapters/dynamo-access.ts';
import { dynamoAliases } from '../adapters/dynamo-aliases.ts';
import { dynamoHealth } from '../adapters/dynamo-health.ts';
import { dynamoHolds } from '../adapters/dynamo-holds.ts';
import { dynamoLife } from '../adapters/dynamo-life.ts';
import { dynamoModels } from '../adapters/dynamo-models.ts';
import { dynamoPublished, dynamoVersions } from '../adapters/dynamo-versions.ts';
import { registryS3 } from '../adapters/s3-client.ts';
import { s3Removal } from '../adapters/s3-removal.ts';
import { registryEnv, registryRetireEnv } from '../contract.ts';
import { endLives } from '../routes/end-lives.ts';
import { windDown } from '../routes/wind-down.ts';
import { withdrawDeleted } from '../routes/withdraw-deleted.ts';

const env = readEnv(z.extend(registryEnv, registryRetireEnv.shape));

/** What is left of the function's time for ending what was begun. */
const MARGIN_MS = 20_000;

const client = documentClient();
const table = env.REGISTRY_TABLE;
const clock = Date.now;
const stores = {
  models: dynamoModels(client, table),
  versions: dynamoVersions(client, table),
  published: dynamoPublished(client, table),
  aliases: dynamoAliases(client, table),
  health: dynamoHealth(client, table),
  access: dynamoAccess(client, table),
  life: dynamoLife(client, table),
};
const holds = dynamoHolds(client, table);
const removal = s3Removal(registryS3(), env.ARTIFACTS_BUCKET);

const queued = z.object({ Records: z.array(z.unknown()) });

const consume = withdrawDeleted({ ...stores, onFault: logFault, clock });

export const handler = async (event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>) => {
  if (queued.safeParse(event).success) return consume(event);
  const startedMs = clock();
  const report = await endLives({
    ...stores,
    holds,
    removal,
    subscribers: { windDown: windDown(stores.access) },
    newToken: randomUUID,
    graceMs: env.PURGE_GRACE_SECONDS * 1000,
    remainingMs: () => context.getRemainingTimeInMillis() - MARGIN_MS,
    onFault: ({ kind, model, version = '' }, fault) => logFault(`${kind} ${model} ${version}`, fault),
    clock,
  })();
  logWork('retire', { ...report, durationMs: clock() - startedMs });
  if (report.faultCount > 0) throw new Error(`${report.faultCount} ends were not brought about; the log says which`);
  return null;
};

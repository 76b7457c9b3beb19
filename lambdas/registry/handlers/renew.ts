// registry-renew: runs every hour. Makes products of published versions anew once what makes them has changed.

import { LambdaClient } from '@aws-sdk/client-lambda';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { smokeEnv } from '../../inference/contract.ts';
import { documentClient } from '../../shared/platform/aws.ts';
import { readEnv } from '../../shared/platform/env.ts';
import { logFault, logWork } from '../../shared/platform/log.ts';
import { dynamoHolds } from '../adapters/dynamo-holds.ts';
import { dynamoRenewal } from '../adapters/dynamo-renewal.ts';
import { dynamoVersions } from '../adapters/dynamo-versions.ts';
import { lambdaProbe } from '../adapters/lambda-smoke.ts';
import { s3Artifacts } from '../adapters/s3-artifacts.ts';
import { registryS3 } from '../adapters/s3-client.ts';
import { s3Quarantine } from '../adapters/s3-quarantine.ts';
import { registryBucketsEnv, registryEnv } from '../contract.ts';
import { makeProducts } from '../routes/make-products.ts';
import { renewProducts } from '../routes/renew-products.ts';
import { smokeLimits } from '../routes/scan-version.ts';

const env = readEnv(z.extend(registryEnv, { ...registryBucketsEnv.shape, ...smokeEnv.shape }));

/** What is left of the function's time for writing what was made. */
const MARGIN_MS = 20_000;

const s3 = registryS3();
const lambda = new LambdaClient({});
const client = documentClient();
const clock = Date.now;

export const handler = async (_event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<void> => {
  const startedMs = clock();
  const remainingMs = () => context.getRemainingTimeInMillis() - MARGIN_MS;
  const signal = AbortSignal.timeout(Math.max(1, remainingMs()));
  const report = await renewProducts({
    renewal: dynamoRenewal(client, env.REGISTRY_TABLE),
    versions: dynamoVersions(client, env.REGISTRY_TABLE),
    makeProducts: makeProducts({
      quarantine: s3Quarantine(s3, env.QUARANTINE_BUCKET, signal),
      artifacts: s3Artifacts(s3, {
        quarantineBucket: env.QUARANTINE_BUCKET,
        artifactsBucket: env.ARTIFACTS_BUCKET,
        signal,
      }),
      holds: dynamoHolds(client, env.REGISTRY_TABLE),
      probe: lambdaProbe(lambda, env.SMOKE_FUNCTION, signal),
      smokeLimits: smokeLimits(env.SMOKE_MEMORY_MIB),
      clock,
      onDone: (figures) => logWork('product', figures),
      onFault: (kind, fault) => logFault(`product ${kind}`, fault),
    }),
    remainingMs,
    clock,
  })();
  logWork('renew', { ...report, durationMs: clock() - startedMs });
};

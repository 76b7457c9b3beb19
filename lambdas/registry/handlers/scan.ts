// registry-scan: judges completed versions, fed by the queue behind VersionCompleted.v1.
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { Context } from 'aws-lambda';
import { z } from 'zod';
import { smokeEnv } from '../../inference/contract.ts';
import { cutZipMaps } from '../../shared/onnx/cut-zipmap.ts';
import { createModelScan } from '../../shared/onnx/scan-model.ts';
import { documentClient } from '../../shared/platform/aws.ts';
import { readEnv } from '../../shared/platform/env.ts';
import { logFault, logWork } from '../../shared/platform/log.ts';
import { dynamoVersions } from '../adapters/dynamo-versions.ts';
import { lambdaSmoke } from '../adapters/lambda-smoke.ts';
import { s3Artifacts } from '../adapters/s3-artifacts.ts';
import { registryS3 } from '../adapters/s3-client.ts';
import { s3Quarantine } from '../adapters/s3-quarantine.ts';
import { registryBucketsEnv, registryEnv } from '../contract.ts';
import { consumeScans } from '../routes/consume-scans.ts';
import { rejectUnscanned, scanVersion, smokeLimits } from '../routes/scan-version.ts';

const env = readEnv(z.object({ ...registryEnv.shape, ...registryBucketsEnv.shape, ...smokeEnv.shape }));

/** What is left of the function's time for telling that the scan did not end in it. */
const MARGIN_MS = 10_000;

const s3 = registryS3();
const lambda = new LambdaClient({});
const versions = dynamoVersions(documentClient(), env.REGISTRY_TABLE);
const clock = Date.now;

export const handler = (event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>) => {
  const signal = AbortSignal.timeout(Math.max(1, context.getRemainingTimeInMillis() - MARGIN_MS));
  const ports = {
    versions,
    quarantine: s3Quarantine(s3, env.QUARANTINE_BUCKET, signal),
    artifacts: s3Artifacts(s3, {
      quarantineBucket: env.QUARANTINE_BUCKET,
      artifactsBucket: env.ARTIFACTS_BUCKET,
      signal,
    }),
    smoke: lambdaSmoke(lambda, env.SMOKE_FUNCTION, signal),
    smokeLimits: smokeLimits(env.SMOKE_MEMORY_MIB),
    createScan: createModelScan,
    cutZipMaps,
    clock,
  };
  return consumeScans({
    scan: scanVersion(ports),
    reject: rejectUnscanned(ports),
    onFault: logFault,
    onDone: (figures) => logWork('scan', figures),
    clock,
  })(event);
};

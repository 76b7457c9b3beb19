// registry-renew: runs every hour. Scans published versions anew once the scanner has changed, makes their products anew once
// what makes them has, and signs what is not signed.

import { LambdaClient } from '@aws-sdk/client-lambda';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { smokeEnv } from '../../inference/contract.ts';
import { createModelScan } from '../../shared/onnx/scan-model.ts';
import { SCANNER_VERSION } from '../../shared/onnx/scanner-version.ts';
import { documentClient } from '../../shared/platform/aws.ts';
import { readEnv } from '../../shared/platform/env.ts';
import { logFault, logWork } from '../../shared/platform/log.ts';
import { dynamoHealth } from '../adapters/dynamo-health.ts';
import { dynamoHolds } from '../adapters/dynamo-holds.ts';
import { dynamoRenewal } from '../adapters/dynamo-renewal.ts';
import { dynamoVersions } from '../adapters/dynamo-versions.ts';
import { kmsManifestKeys, kmsManifestSigner, kmsService } from '../adapters/kms-manifests.ts';
import { lambdaProbe } from '../adapters/lambda-smoke.ts';
import { logInvalidManifest } from '../adapters/log-invalid-manifest.ts';
import { s3Artifacts } from '../adapters/s3-artifacts.ts';
import { registryS3 } from '../adapters/s3-client.ts';
import { s3Quarantine } from '../adapters/s3-quarantine.ts';
import { checkManifest } from '../check-manifest.ts';
import { registryBucketsEnv, registryEnv, registryManifestsEnv, registryUnsignedEnv } from '../contract.ts';
import { makeProducts } from '../routes/make-products.ts';
import { renewVersions } from '../routes/renew-versions.ts';
import { rescanVersion } from '../routes/rescan-version.ts';
import { smokeLimits } from '../routes/scan-version.ts';

const env = readEnv(
  z.extend(registryEnv, {
    ...registryBucketsEnv.shape,
    ...registryManifestsEnv.shape,
    ...registryUnsignedEnv.shape,
    ...smokeEnv.shape,
  }),
);

/** What is left of the function's time for writing what was made. */
const MARGIN_MS = 20_000;

const s3 = registryS3();
const lambda = new LambdaClient({});
const client = documentClient();
const clock = Date.now;
const kms = kmsService();
const keys = kmsManifestKeys(kms, env.MANIFEST_KEYS);

export const handler = async (_event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<void> => {
  const startedMs = clock();
  const remainingMs = () => context.getRemainingTimeInMillis() - MARGIN_MS;
  const signal = AbortSignal.timeout(Math.max(1, remainingMs()));
  const making = {
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
  };
  const report = await renewVersions({
    renewal: dynamoRenewal(client, env.REGISTRY_TABLE),
    versions: dynamoVersions(client, env.REGISTRY_TABLE),
    health: dynamoHealth(client, env.REGISTRY_TABLE),
    rescan: rescanVersion({ ...making, createScan: () => createModelScan(), scanner: SCANNER_VERSION }),
    makeProducts: makeProducts({
      ...making,
      onDone: (figures) => logWork('product', figures),
      onFault: (kind, fault) => logFault(`product ${kind}`, fault),
    }),
    signer: kmsManifestSigner(kms, env.MANIFEST_KEYS, keys),
    scanner: SCANNER_VERSION,
    checkManifest: (version) => checkManifest({ keys, unsignedUntilMs: env.UNSIGNED_VERSIONS_UNTIL, clock }, version),
    onInvalid: logInvalidManifest,
    onBlocked: (figures) => logWork('block', figures),
    remainingMs,
    clock,
  })();
  logWork('renew', { ...report, durationMs: clock() - startedMs });
};

// registry-scan: judges completed versions, fed by the queue behind VersionCompleted.v1.
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { smokeEnv } from '../../inference/contract.ts';
import { cutZipMaps } from '../../shared/onnx/cut-zipmap.ts';
import { createModelScan } from '../../shared/onnx/scan-model.ts';
import { SCANNER_VERSION } from '../../shared/onnx/scanner-version.ts';
import { documentClient } from '../../shared/platform/aws.ts';
import { readEnv } from '../../shared/platform/env.ts';
import { logFault, logWork } from '../../shared/platform/log.ts';
import { currentTraceparent, workTrace } from '../../shared/platform/trace.ts';
import { dynamoHolds } from '../adapters/dynamo-holds.ts';
import { dynamoVersions } from '../adapters/dynamo-versions.ts';
import { kmsManifestKeys, kmsManifestSigner, kmsService } from '../adapters/kms-manifests.ts';
import { lambdaProbe, lambdaSmoke } from '../adapters/lambda-smoke.ts';
import { s3Artifacts } from '../adapters/s3-artifacts.ts';
import { registryS3 } from '../adapters/s3-client.ts';
import { s3Quarantine } from '../adapters/s3-quarantine.ts';
import { registryBucketsEnv, registryEnv, registryManifestsEnv } from '../contract.ts';
import { consumeScans } from '../routes/consume-scans.ts';
import { makeProducts } from '../routes/make-products.ts';
import { rejectUnscanned, type ScanPorts, scanVersion, smokeLimits } from '../routes/scan-version.ts';

const env = readEnv(
  z.object({
    ...registryEnv.shape,
    ...registryBucketsEnv.shape,
    ...registryManifestsEnv.shape,
    ...smokeEnv.shape,
  }),
);

/** What is left of the function's time for telling that the scan did not end in it. */
const MARGIN_MS = 10_000;
/** No product is worth a scan that does not end: making one is given up so early that the verdict can be told. */
const PRODUCTS_MARGIN_MS = 45_000;

const s3 = registryS3();
const lambda = new LambdaClient({});
const versions = dynamoVersions(documentClient(), env.REGISTRY_TABLE);
const holds = dynamoHolds(documentClient(), env.REGISTRY_TABLE);
const clock = Date.now;
const kms = kmsService();
const signer = kmsManifestSigner(kms, env.MANIFEST_KEYS, kmsManifestKeys(kms, env.MANIFEST_KEYS));

export const handler = (event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>) => {
  const within = (marginMs: number) => AbortSignal.timeout(Math.max(1, context.getRemainingTimeInMillis() - marginMs));
  const limits = smokeLimits(env.SMOKE_MEMORY_MIB);
  const places = { quarantineBucket: env.QUARANTINE_BUCKET, artifactsBucket: env.ARTIFACTS_BUCKET };
  const signal = within(MARGIN_MS);
  const productsSignal = within(PRODUCTS_MARGIN_MS);
  const ports: ScanPorts = {
    versions,
    quarantine: s3Quarantine(s3, env.QUARANTINE_BUCKET, signal),
    artifacts: s3Artifacts(s3, { ...places, signal }),
    holds,
    smoke: lambdaSmoke(lambda, env.SMOKE_FUNCTION, signal),
    probe: lambdaProbe(lambda, env.SMOKE_FUNCTION, signal),
    smokeLimits: limits,
    createScan: (options) => createModelScan({}, options),
    cutZipMaps,
    makeProducts: makeProducts({
      quarantine: s3Quarantine(s3, env.QUARANTINE_BUCKET, productsSignal),
      artifacts: s3Artifacts(s3, { ...places, signal: productsSignal }),
      holds,
      probe: lambdaProbe(lambda, env.SMOKE_FUNCTION, productsSignal),
      smokeLimits: limits,
      clock,
      onDone: (figures) => logWork('product', { ...workTrace(currentTraceparent()), ...figures }),
      onFault: (kind, fault) => logFault(`product ${kind}`, fault),
    }),
    signer,
    scanner: SCANNER_VERSION,
    clock,
  };
  return consumeScans({
    scan: scanVersion(ports),
    reject: rejectUnscanned(ports),
    onFault: logFault,
    onDone: (figures) => logWork('scan', figures, ['durationMs', 'receiveCount']),
    clock,
  })(event);
};

// The container's entry (layers/inference-server): serves until it is told to end, and then answers what it has begun.
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { readEnv } from '../../shared/platform/env.ts';
import { logFault, logWork } from '../../shared/platform/log.ts';
import { s3Artifacts } from '../adapters/s3-artifacts.ts';
import { startInferenceServer } from './inference-server.ts';
import { sdkObjects } from './sdk-objects.ts';
import { serverEnv } from './server-env.ts';

/** SageMaker kills what has not ended 30 s after it was told to. */
const DRAIN_MS = 28_000;

const main = async () => {
  const env = readEnv(serverEnv);
  const server = await startInferenceServer({
    env,
    childFiles: { run: join(__dirname, 'run-child.js'), prove: join(__dirname, 'prove-child.js') },
    store:
      env.ARTIFACTS_BUCKET === undefined ? undefined : s3Artifacts(sdkObjects(new S3Client({})), env.ARTIFACTS_BUCKET),
  });
  logWork('serve', { port: server.port, workers: env.WORKERS, models: env.MODELS.length });
  const end = () => {
    setTimeout(() => process.exit(1), DRAIN_MS).unref();
    server.close().then(
      () => process.exit(0),
      (fault: unknown) => {
        logFault('serve', fault);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, end);
};

main().catch((fault: unknown) => {
  logFault('serve', fault);
  process.exit(1);
});

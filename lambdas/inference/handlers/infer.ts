// inference-infer: all of /v2. Reads, sends to the lane, encodes, charges, answers.
import * as z from 'zod/mini';
import { accountsEnv } from '../../accounts/contract.ts';
import { createAuthenticator, createLimiter, requireModel } from '../../accounts/gateway.ts';
import { billingEnv } from '../../billing/contract.ts';
import { createBilling } from '../../billing/gateway.ts';
import { registryEnv, registryManifestsEnv, registryUnsignedEnv } from '../../registry/contract.ts';
import { createPublishedModels, createVersionFailures } from '../../registry/gateway.ts';
import { createApi } from '../../shared/platform/api.ts';
import { readEnv } from '../../shared/platform/env.ts';
import { logFault } from '../../shared/platform/log.ts';
import { newId } from '../../shared/platform/new-id.ts';
import { signedFunctions } from '../../shared/platform/signed/functions.ts';
import { signedObjects } from '../../shared/platform/signed/objects.ts';
import { signedTables } from '../../shared/platform/signed/tables.ts';
import { lambdaRunner } from '../adapters/lambda-runner.ts';
import { s3Artifacts } from '../adapters/s3-artifacts.ts';
import { typescriptRunner } from '../adapters/typescript-runner.ts';
import { inferEnv, inferenceRoutes } from '../contract.ts';
import { createExecutorCache } from '../domain/executor-cache.ts';
import { refusedRoutes } from '../refused-routes.ts';
import { noteFailure } from '../routes/note-failure.ts';
import { protocolUseCases } from '../routes/protocol.ts';

const env = readEnv(
  z.extend(accountsEnv, {
    ...registryEnv.shape,
    ...registryManifestsEnv.shape,
    ...registryUnsignedEnv.shape,
    ...billingEnv.shape,
    ...inferEnv.shape,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: z.coerce.number().check(z.int(), z.minimum(128)),
  }),
);

/** Signed by hand: a caller waits for each of these reads, and for the start of the function. */
const tables = signedTables();
const models = createPublishedModels({
  table: env.REGISTRY_TABLE,
  client: tables,
  manifests: { keyArns: env.MANIFEST_KEYS, unsignedUntilMs: env.UNSIGNED_VERSIONS_UNTIL },
});

const stopwatch = () => performance.now();

const useCases = protocolUseCases({
  models,
  billing: createBilling({ table: env.BILLING_TABLE, client: tables }),
  runner: typescriptRunner({
    artifacts: s3Artifacts(signedObjects(), env.ARTIFACTS_BUCKET),
    // A quarter of the memory: bodies, answers and the batch that a model works on take their part of the rest.
    executors: createExecutorCache((env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE / 4) * 1_048_576),
    others: lambdaRunner(signedFunctions(), {
      'run-2gib': env.RUN_2GIB_FUNCTION,
      'run-10gib': env.RUN_10GIB_FUNCTION,
    }),
    stopwatch,
    onFault: logFault,
  }),
  noteFailure: noteFailure({
    failures: createVersionFailures({ table: env.REGISTRY_TABLE, client: tables }),
    clock: Date.now,
  }),
  requireModel,
  clock: Date.now,
  stopwatch,
  ownMemoryMiB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
  newInferenceId: (nowMs) => newId('inf', nowMs),
});

export const handler = createApi({
  routes: { ...inferenceRoutes, ...refusedRoutes },
  authenticate: createAuthenticator(env, tables),
  limit: createLimiter(env, tables),
  useCases,
});

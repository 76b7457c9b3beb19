// inference-infer: all of /v2. Reads, sends to the lane, encodes, charges, answers.
import { LambdaClient } from '@aws-sdk/client-lambda';
import { accountsEnv } from '../../accounts/contract.ts';
import { createAuthenticator, requireModel } from '../../accounts/gateway.ts';
import { billingEnv } from '../../billing/contract.ts';
import { createBilling } from '../../billing/gateway.ts';
import { registryEnv } from '../../registry/contract.ts';
import { createPublishedModels } from '../../registry/gateway.ts';
import { createApi } from '../../shared/platform/api.ts';
import { readEnv } from '../../shared/platform/env.ts';
import { newId } from '../../shared/platform/new-id.ts';
import { lambdaRunner } from '../adapters/lambda-runner.ts';
import { inferEnv, inferenceRoutes } from '../contract.ts';
import { getModelConfig } from '../routes/get-model-config.ts';
import { getModelMetadata } from '../routes/get-model-metadata.ts';
import { getModelReady } from '../routes/get-model-ready.ts';
import { getRepositoryIndex } from '../routes/get-repository-index.ts';
import { getServerLive } from '../routes/get-server-live.ts';
import { getServerMetadata } from '../routes/get-server-metadata.ts';
import { getServerReady } from '../routes/get-server-ready.ts';
import { infer } from '../routes/infer.ts';
import { listCallableModels } from '../routes/list-callable-models.ts';

const env = readEnv(accountsEnv.extend({ ...registryEnv.shape, ...billingEnv.shape, ...inferEnv.shape }));

const models = createPublishedModels({ table: env.REGISTRY_TABLE });

const inferModel = infer({
  models,
  billing: createBilling({ table: env.BILLING_TABLE }),
  runner: lambdaRunner(new LambdaClient({}), {
    'run-2gib': env.RUN_2GIB_FUNCTION,
    'run-10gib': env.RUN_10GIB_FUNCTION,
  }),
  requireModel,
  clock: Date.now,
  newInferenceId: (nowMs) => newId('inf', nowMs),
});

export const handler = createApi({
  routes: inferenceRoutes,
  authenticate: createAuthenticator(env),
  useCases: {
    getServerMetadata: getServerMetadata(),
    getServerLive: getServerLive(),
    getServerReady: getServerReady(),
    listCallableModels: listCallableModels(models),
    getModelMetadata: getModelMetadata(models),
    getModelVersionMetadata: getModelMetadata(models),
    getModelReady: getModelReady(models),
    getModelVersionReady: getModelReady(models),
    getModelConfig: getModelConfig(models),
    getModelVersionConfig: getModelConfig(models),
    inferModel,
    inferModelVersion: inferModel,
    getRepositoryIndex: getRepositoryIndex(models),
  },
});

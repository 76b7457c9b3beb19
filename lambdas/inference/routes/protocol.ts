// Every route of /v2, over given ports: what `infer` deploys, and what its tests call.
import type { PublishedModels } from '../../registry/contract.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import { type CallStatistics, createCallStatistics } from '../domain/call-statistics.ts';
import { countCalls } from './count-calls.ts';
import { getModelConfig } from './get-model-config.ts';
import { getModelMetadata } from './get-model-metadata.ts';
import { getModelReady } from './get-model-ready.ts';
import { getRepositoryIndex } from './get-repository-index.ts';
import { getServerLive } from './get-server-live.ts';
import { getServerMetadata } from './get-server-metadata.ts';
import { getServerReady } from './get-server-ready.ts';
import { getModelStatistics, getStatistics } from './get-statistics.ts';
import { type InferPorts, infer } from './infer.ts';
import { listCallableModels } from './list-callable-models.ts';
import { refuseExtensions } from './refuse-extension.ts';

export interface ProtocolPorts extends InferPorts {
  readonly models: PublishedModels;
  readonly clock: Clock;
  /** @default of a hundred accounts: some megabytes at the very most */
  readonly statistics?: CallStatistics;
}

const ownStatistics = () => createCallStatistics({ accounts: 100, versionsPerAccount: 50, batchSizesPerVersion: 8 });

/** A use case for each route of the contract and of the extensions that are refused. */
export const protocolUseCases = ({ statistics = ownStatistics(), ...ports }: ProtocolPorts) => {
  const { models, clock } = ports;
  const inferModel = countCalls(statistics, clock)(infer(ports));
  return {
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
    getStatistics: getStatistics(statistics),
    getModelStatistics: getModelStatistics(models, statistics),
    getModelVersionStatistics: getModelStatistics(models, statistics),
    inferModel,
    inferModelVersion: inferModel,
    getRepositoryIndex: getRepositoryIndex(models),
    ...refuseExtensions(),
  };
};

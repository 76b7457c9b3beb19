// registry-count: counts calls and callers of models, fed by UsageSealed.v1 through a queue.
import { documentClient } from '../../shared/platform/aws.ts';
import { readEnv } from '../../shared/platform/env.ts';
import { logFault, logWork } from '../../shared/platform/log.ts';
import { dynamoModels } from '../adapters/dynamo-models.ts';
import { dynamoUsageCounts } from '../adapters/dynamo-usage-counts.ts';
import { registryEnv } from '../contract.ts';
import { consumeUsage } from '../routes/consume-usage.ts';

const { REGISTRY_TABLE } = readEnv(registryEnv);

export const handler = consumeUsage({
  usage: dynamoUsageCounts(documentClient(), REGISTRY_TABLE),
  models: dynamoModels(documentClient(), REGISTRY_TABLE),
  onFault: logFault,
  onDone: (figures) => logWork('count', figures, ['countedCount', 'knownCount', 'durationMs']),
  clock: Date.now,
});

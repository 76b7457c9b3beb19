// registry-search-index: writes what is told of models into the search index, fed by the registry's events through a queue.
import * as z from 'zod/mini';
import { documentClient } from '../../shared/platform/aws.ts';
import { readEnv } from '../../shared/platform/env.ts';
import { logFault, logWork } from '../../shared/platform/log.ts';
import { registryEnv, registrySearchEnv } from '../contract.ts';
import { consumeModelEvents } from '../routes/consume-model-events.ts';
import { indexWriters } from '../wiring/search.ts';

const env = readEnv(z.extend(registryEnv, registrySearchEnv.shape));
const { indexModels } = indexWriters(env, documentClient());

export const handler = consumeModelEvents({
  index: indexModels,
  onFault: logFault,
  onDone: (figures) => logWork('index', figures, ['durationMs', 'staleMs']),
  clock: Date.now,
});

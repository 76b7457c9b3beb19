// registry-search-merge: runs every hour. Puts changes into the search index's large segment; once a day, and where there
// is no index, makes that anew from the catalogue.
import * as z from 'zod/mini';
import { documentClient } from '../../shared/platform/aws.ts';
import { readEnv } from '../../shared/platform/env.ts';
import { logWork } from '../../shared/platform/log.ts';
import { registryEnv, registrySearchEnv } from '../contract.ts';
import { keepIndex } from '../routes/keep-index.ts';
import { indexWriters } from '../wiring/search.ts';

const env = readEnv(z.extend(registryEnv, registrySearchEnv.shape));
const keep = keepIndex({ ...indexWriters(env, documentClient()), clock: Date.now });

export const handler = async (): Promise<void> => {
  const startedMs = Date.now();
  const outcome = await keep();
  logWork('index', { outcome, durationMs: Date.now() - startedMs });
};

// What the two functions that write the search index are made of.
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { dynamoDirectory } from '../adapters/dynamo-directory.ts';
import { dynamoModels } from '../adapters/dynamo-models.ts';
import { registryS3 } from '../adapters/s3-client.ts';
import { s3SearchIndex } from '../adapters/s3-search-index.ts';
import { indexModels } from '../routes/index-models.ts';
import { mergeIndex, rebuildIndex } from '../routes/merge-index.ts';

const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 2_000;

export const indexWriters = (env: { REGISTRY_TABLE: string; SEARCH_BUCKET: string }, client: DynamoDBDocument) => {
  const index = s3SearchIndex(registryS3(), env.SEARCH_BUCKET);
  const directory = dynamoDirectory(client, env.REGISTRY_TABLE);
  const models = dynamoModels(client, env.REGISTRY_TABLE);
  const clock = Date.now;
  const merge = mergeIndex({ index, clock });
  const rebuild = rebuildIndex({ index, models, directory, clock });
  return {
    index,
    merge,
    rebuild,
    indexModels: indexModels({
      index,
      directory,
      clock,
      rebuild: async () => void (await rebuild()),
      merge: async () => void (await merge()),
      wait: async (tries) => void (await sleep(Math.random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries))),
    }),
  };
};

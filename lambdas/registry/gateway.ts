// What the registry does in another context's process: finds the version to call, straight from its table.
import type { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { documentClient } from '../shared/platform/aws.ts';
import { dynamoAliases, dynamoModels } from './adapters/dynamo-models.ts';
import { dynamoPublished } from './adapters/dynamo-versions.ts';
import type { PublishedModels } from './contract.ts';
import { publishedModels } from './published-models.ts';

export interface PublishedModelsOptions {
  readonly table: string;
  /** @default - the environment's one client */
  readonly client?: DynamoDBDocument;
  /** @default Date.now */
  readonly clock?: () => number;
}

/** One per environment, made at start: it holds the cache. */
export const createPublishedModels = ({
  table,
  client = documentClient(),
  clock = Date.now,
}: PublishedModelsOptions): PublishedModels =>
  publishedModels({
    models: dynamoModels(client, table),
    published: dynamoPublished(client, table),
    aliases: dynamoAliases(client, table),
    clock,
  });

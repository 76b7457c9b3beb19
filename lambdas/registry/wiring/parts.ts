// What registry-api's use cases are made of: the stores over its table and buckets, made once per environment.
import type { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { type AccountsEnv, accountsEnv } from '../../accounts/contract.ts';
import { requireModel, requirePermission } from '../../accounts/gateway.ts';
import { billingEnv } from '../../billing/contract.ts';
import { createQuotaReader } from '../../billing/gateway.ts';
import { logWork } from '../../shared/platform/log.ts';
import { dynamoAccess, dynamoTerms } from '../adapters/dynamo-access.ts';
import { dynamoAliases } from '../adapters/dynamo-aliases.ts';
import { dynamoCards } from '../adapters/dynamo-cards.ts';
import { dynamoDirectory } from '../adapters/dynamo-directory.ts';
import { dynamoDownloads } from '../adapters/dynamo-downloads.ts';
import { dynamoHealth } from '../adapters/dynamo-health.ts';
import { dynamoHistory } from '../adapters/dynamo-history.ts';
import { dynamoLife } from '../adapters/dynamo-life.ts';
import { dynamoModelUsers } from '../adapters/dynamo-model-users.ts';
import { dynamoModels } from '../adapters/dynamo-models.ts';
import { dynamoOffers } from '../adapters/dynamo-offers.ts';
import { dynamoReports } from '../adapters/dynamo-reports.ts';
import { dynamoReviews } from '../adapters/dynamo-reviews.ts';
import { dynamoSuspensions } from '../adapters/dynamo-suspensions.ts';
import { dynamoPublished, dynamoVersions } from '../adapters/dynamo-versions.ts';
import { kmsManifestKeys, kmsService } from '../adapters/kms-manifests.ts';
import { readWhole } from '../adapters/read-object.ts';
import { registryS3 } from '../adapters/s3-client.ts';
import { s3Downloads } from '../adapters/s3-downloads.ts';
import { s3SearchReader } from '../adapters/s3-search-index.ts';
import { s3Uploads } from '../adapters/s3-uploads.ts';
import { registryBucketsEnv, registryEnv, registryManifestsEnv, registrySearchEnv } from '../contract.ts';
import type { RequirePricing } from '../ports.ts';
import { searchIndex } from '../search-index.ts';
import { unlistedModels } from '../unlisted-models.ts';

export const registryApiEnv = z.extend(accountsEnv, {
  ...registryEnv.shape,
  ...registryBucketsEnv.shape,
  ...registrySearchEnv.shape,
  ...registryManifestsEnv.shape,
  ...billingEnv.shape,
});
export type RegistryApiEnv = AccountsEnv &
  z.output<typeof registryEnv> &
  z.output<typeof registryBucketsEnv> &
  z.output<typeof registryManifestsEnv> &
  z.output<typeof billingEnv> &
  z.output<typeof registrySearchEnv>;

/** Saying who may move an alias needs more than moving it. */
const requireProtecting: RequirePricing = (caller) => requirePermission(caller, 'models:protect');

const requirePricing: RequirePricing = (caller) => requirePermission(caller, 'models:price');

/** Opening a model to all needs what letting one account in does. */
const requireGranting: RequirePricing = (caller) => requirePermission(caller, 'models:grant');

export const registryParts = (env: RegistryApiEnv, client: DynamoDBDocument) => {
  const table = env.REGISTRY_TABLE;
  const s3 = registryS3();
  const access = dynamoAccess(client, table);
  const directory = dynamoDirectory(client, table);
  return {
    env,
    client,
    table,
    s3,
    models: dynamoModels(client, table),
    directory,
    index: searchIndex(s3SearchReader(s3, env.SEARCH_BUCKET), Date.now),
    versions: dynamoVersions(client, table),
    published: dynamoPublished(client, table),
    aliases: dynamoAliases(client, table),
    cards: dynamoCards(client, table),
    health: dynamoHealth(client, table),
    history: dynamoHistory(client, table),
    access,
    unlisted: unlistedModels({ directory, access, clock: Date.now }),
    terms: dynamoTerms(client, table),
    counts: dynamoDownloads(client, table, ({ model }) => logWork('download', { outcome: 'uncounted', model })),
    linkDownload: s3Downloads(s3, env.ARTIFACTS_BUCKET),
    readArtifact: (key: string) => readWhole(s3, { Bucket: env.ARTIFACTS_BUCKET, Key: key }),
    offers: dynamoOffers(client, table),
    readQuota: createQuotaReader({ table: env.BILLING_TABLE, client }),
    reviews: dynamoReviews(client, table),
    users: dynamoModelUsers(client, table),
    reports: dynamoReports(client, table),
    suspensions: dynamoSuspensions(client, table),
    life: dynamoLife(client, table),
    manifestKeys: kmsManifestKeys(kmsService(), env.MANIFEST_KEYS),
    uploads: s3Uploads(s3, env.QUARANTINE_BUCKET),
    requireModel,
    requirePricing,
    requireGranting,
    requireProtecting,
  };
};

export type RegistryParts = ReturnType<typeof registryParts>;

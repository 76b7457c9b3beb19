// What the registry does in another context's process: finds the version to call, and counts the runs it did not
// survive, straight from its table.
import type { TableClient } from '../shared/platform/table-client.ts';
import { accessReads } from './adapters/access-reads.ts';
import { aliasReads } from './adapters/dynamo-aliases.ts';
import { dynamoHealth } from './adapters/dynamo-health.ts';
import { modelReads } from './adapters/dynamo-models.ts';
import { dynamoPublished } from './adapters/dynamo-versions.ts';
import { kmsManifestKeys, kmsService } from './adapters/kms-manifests.ts';
import { logInvalidManifest } from './adapters/log-invalid-manifest.ts';
import { offerReads } from './adapters/offer-reads.ts';
import type { PublishedModels, VersionFailures } from './contract.ts';
import { publishedModels } from './published-models.ts';
import { requireManifest } from './require-manifest.ts';
import { versionFailures } from './version-failures.ts';

export interface PublishedModelsOptions {
  readonly table: string;
  readonly client: TableClient;
  /** @default Date.now */
  readonly clock?: () => number;
  /** Has what is called checked against its manifest. @default nothing is checked */
  readonly manifests?: {
    /** Of KMS, the one that signs first. */
    readonly keyArns: readonly string[];
    /** Until then versions without a manifest pass. */
    readonly unsignedUntilMs: number;
  };
}

/** One per environment, made at start: it holds the cache. */
export const createPublishedModels = ({
  table,
  client,
  clock = Date.now,
  manifests,
}: PublishedModelsOptions): PublishedModels =>
  publishedModels({
    models: modelReads(client, table),
    published: dynamoPublished(client, table),
    aliases: aliasReads(client, table),
    health: dynamoHealth(client, table),
    access: accessReads(client, table),
    offers: offerReads(client, table),
    clock,
    requireManifest:
      manifests &&
      requireManifest({
        keys: kmsManifestKeys(kmsService(), manifests.keyArns),
        unsignedUntilMs: manifests.unsignedUntilMs,
        clock,
        onInvalid: logInvalidManifest,
      }),
  });

export const createVersionFailures = ({
  table,
  client,
}: Pick<PublishedModelsOptions, 'table' | 'client'>): VersionFailures => versionFailures(dynamoHealth(client, table));

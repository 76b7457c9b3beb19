// A registry of its own in an emulator: table, buckets, the API called as the gateway calls it, and the scan with a
// scanner and a smoke function that the test chooses.
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, PutBucketVersioningCommand, type S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { sendFile } from '../../lambdas/inference/adapters/form-upload.ts';
import { downloadModel } from '../../lambdas/inference/adapters/model-download.ts';
import { startSmokeProcess } from '../../lambdas/inference/adapters/smoke-process.ts';
import { childProbeReport } from '../../lambdas/inference/domain/smoke-message.ts';
import { probe } from '../../lambdas/inference/routes/probe.ts';
import { dynamoAccess, dynamoTerms } from '../../lambdas/registry/adapters/dynamo-access.ts';
import { dynamoAliases } from '../../lambdas/registry/adapters/dynamo-aliases.ts';
import { dynamoCards } from '../../lambdas/registry/adapters/dynamo-cards.ts';
import { dynamoDirectory } from '../../lambdas/registry/adapters/dynamo-directory.ts';
import { dynamoHealth } from '../../lambdas/registry/adapters/dynamo-health.ts';
import { dynamoHistory } from '../../lambdas/registry/adapters/dynamo-history.ts';
import { dynamoHolds } from '../../lambdas/registry/adapters/dynamo-holds.ts';
import { dynamoLife } from '../../lambdas/registry/adapters/dynamo-life.ts';
import { dynamoModelUsers } from '../../lambdas/registry/adapters/dynamo-model-users.ts';
import { dynamoModels } from '../../lambdas/registry/adapters/dynamo-models.ts';
import { dynamoOffers } from '../../lambdas/registry/adapters/dynamo-offers.ts';
import { dynamoReports } from '../../lambdas/registry/adapters/dynamo-reports.ts';
import { dynamoReviews } from '../../lambdas/registry/adapters/dynamo-reviews.ts';
import { dynamoSuspensions } from '../../lambdas/registry/adapters/dynamo-suspensions.ts';
import { dynamoPublished, dynamoVersions } from '../../lambdas/registry/adapters/dynamo-versions.ts';
import { s3Artifacts } from '../../lambdas/registry/adapters/s3-artifacts.ts';
import { registryS3 } from '../../lambdas/registry/adapters/s3-client.ts';
import { s3Quarantine } from '../../lambdas/registry/adapters/s3-quarantine.ts';
import { s3Uploads } from '../../lambdas/registry/adapters/s3-uploads.ts';
import type { PublishedModels } from '../../lambdas/registry/contract.ts';
import { createPublishedModels } from '../../lambdas/registry/gateway.ts';
import type { VersionStore } from '../../lambdas/registry/ports.ts';
import type { ProductPorts } from '../../lambdas/registry/routes/product.ts';
import { type ScanPorts, smokeLimits } from '../../lambdas/registry/routes/scan-version.ts';
import { createContextTable, type Emulator, startEmulator } from '../support/emulator.ts';
import { manifestPair } from '../support/manifest-keys.ts';
import { registryApi } from '../support/registry-api.ts';

const childFile = fileURLToPath(new URL('../../lambdas/inference/handlers/smoke-child.ts', import.meta.url));
const askRuntime = probe({
  start: (limits) => startSmokeProcess(childFile, limits, childProbeReport),
  download: downloadModel,
  send: sendFile,
});

const TABLE = 'aimass-test-registry';
const QUARANTINE = 'aimass-test-quarantine';
export const ARTIFACTS = 'aimass-test-artifacts';

export interface Place {
  readonly emulator: Emulator;
  readonly client: DynamoDBDocument;
  readonly s3: S3Client;
  readonly table: string;
  readonly call: ReturnType<typeof registryApi>;
  readonly versions: VersionStore;
  /** The scan's ports but those that a test decides. */
  scanPorts(decided: Pick<ScanPorts, 'smoke' | 'createScan' | 'cutZipMaps'> & Partial<ScanPorts>): ScanPorts;
  /** The makers' ports, with the smoke function's own code in this process, and a child of it that runs models. */
  productPorts(): ProductPorts;
  published(clock?: () => number): PublishedModels;
  stop(): Promise<void>;
}

const pair = manifestPair();

export const startPlace = async (): Promise<Place> => {
  const emulator = await startEmulator();
  await createContextTable(emulator.endpoint, TABLE);
  const at = {
    endpoint: emulator.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const client = DynamoDBDocument.from(new DynamoDBClient(at), { marshallOptions: { removeUndefinedValues: true } });
  const s3 = registryS3(at);
  for (const Bucket of [QUARANTINE, ARTIFACTS]) {
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  }
  const versions = dynamoVersions(client, TABLE);
  const signal = new AbortController().signal;
  const quarantine = s3Quarantine(s3, QUARANTINE, signal);
  const artifacts = s3Artifacts(s3, { quarantineBucket: QUARANTINE, artifactsBucket: ARTIFACTS, signal });
  return {
    emulator,
    client,
    s3,
    table: TABLE,
    versions,
    call: registryApi({
      models: dynamoModels(client, TABLE),
      versions,
      aliases: dynamoAliases(client, TABLE),
      cards: dynamoCards(client, TABLE),
      uploads: s3Uploads(s3, QUARANTINE),
      health: dynamoHealth(client, TABLE),
      history: dynamoHistory(client, TABLE),
      access: dynamoAccess(client, TABLE),
      terms: dynamoTerms(client, TABLE),
      offers: dynamoOffers(client, TABLE),
      life: dynamoLife(client, TABLE),
      published: dynamoPublished(client, TABLE),
      directory: dynamoDirectory(client, TABLE),
      reviews: dynamoReviews(client, TABLE),
      users: dynamoModelUsers(client, TABLE),
      reports: dynamoReports(client, TABLE),
      suspensions: dynamoSuspensions(client, TABLE),
    }),
    scanPorts: (decided) => ({
      versions,
      quarantine,
      artifacts,
      smokeLimits: smokeLimits(3008),
      holds: dynamoHolds(client, TABLE),
      makeProducts: async () => ({ products: [] }),
      probe: askRuntime,
      signer: pair.signer,
      scanner: '1',
      clock: Date.now,
      ...decided,
    }),
    productPorts: () => ({ quarantine, artifacts, probe: askRuntime, smokeLimits: smokeLimits(3008), clock: Date.now }),
    published: (clock = Date.now) => createPublishedModels({ table: TABLE, client, clock }),
    stop: async () => {
      client.destroy();
      s3.destroy();
      await emulator.stop();
    },
  };
};

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export interface Form {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** Sends bytes to a presigned form as a browser does. @returns the status */
export const sendForm = async ({ url, fields }: Form, bytes: Uint8Array): Promise<number> => {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([Buffer.from(bytes)]), 'model.onnx');
  const answer = await fetch(url, { method: 'POST', body: form });
  await answer.arrayBuffer();
  return answer.status;
};

// registry: its table, the bucket that publishers upload to (nobody trusts what lies there), and the bucket of
// artifacts, named by their content, which is all that is ever served.

import { Duration } from 'aws-cdk-lib';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, HttpMethods, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type * as z from 'zod';
import type {
  registryBucketsEnv,
  registryEnv,
  registryManifestsEnv,
  registrySearchEnv,
  registryUploadsEnv,
} from '../../../lambdas/registry/contract.ts';
import type { Stage } from '../../config/read-stage.ts';
import { ServiceBucket } from '../../constructs/service-bucket.ts';
import type { ServiceFunction } from '../../constructs/service-function.ts';
import type { ServiceTable } from '../../constructs/service-table.ts';
import { makeContextTable } from '../context-table.ts';
import { removalPolicy, resourceName } from '../surroundings.ts';

export class RegistryData extends Construct {
  readonly table: ServiceTable;
  /** Who asked for which object, of the buckets of this stack. */
  readonly accessLog: Bucket;
  readonly quarantine: ServiceBucket;
  readonly artifacts: ServiceBucket;
  /** The search index: made of the table, and made anew from it. */
  readonly search: ServiceBucket;
  /** What manifests are signed with; the first signs, all are believed. docs/guides/operate.md says how one is replaced. */
  readonly manifestKeys: readonly Key[];

  constructor(scope: Construct, stage: Stage) {
    super(scope, 'Registry');
    this.table = makeContextTable(this, stage, 'registry');
    this.accessLog = new Bucket(this, 'AccessLog', {
      enforceSSL: true,
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      removalPolicy: removalPolicy(stage),
      lifecycleRules: [{ expiration: Duration.days(stage.config.logRetentionDays) }],
    });
    const { corsOrigins, front, bucketMetrics } = stage.config;
    const origins = front?.domain ? [...corsOrigins, `https://${front.domain.name}`] : corsOrigins;
    this.quarantine = new ServiceBucket(this, 'Quarantine', {
      removalPolicy: removalPolicy(stage),
      accessLog: { bucket: this.accessLog, prefix: 'quarantine/' },
      cors: { origins, methods: [HttpMethods.POST, HttpMethods.PUT] },
      // What was accepted has been copied long before; what was not is of no use.
      expireAfterDays: 7,
    });
    this.artifacts = new ServiceBucket(this, 'Artifacts', {
      removalPolicy: removalPolicy(stage),
      accessLog: { bucket: this.accessLog, prefix: 'artifacts/' },
      requestMetrics: bucketMetrics,
      // A page is led here by the API, and a browser then keeps to itself which page it was; what gives the right to read
      // is the address.
      cors: { origins: origins.length > 0 ? ['*'] : [], methods: [HttpMethods.GET, HttpMethods.HEAD] },
    });
    this.search = new ServiceBucket(this, 'Search', {
      removalPolicy: removalPolicy(stage),
      accessLog: { bucket: this.accessLog, prefix: 'search/' },
      // All that counts is written anew every day; what is older was left behind.
      expireAfterDays: 7,
    });
    this.manifestKeys = [
      new Key(this, 'ManifestKey', {
        alias: resourceName(stage, 'manifests'),
        description: 'Signs the manifests of model versions',
        keySpec: KeySpec.ECC_NIST_P256,
        keyUsage: KeyUsage.SIGN_VERIFY,
        pendingWindow: Duration.days(30),
        removalPolicy: removalPolicy(stage),
      }),
    ];
  }

  get manifestEnvironment(): z.input<typeof registryManifestsEnv> {
    return { MANIFEST_KEYS: this.manifestKeys.map(({ keyArn }) => keyArn).join(',') };
  }

  /** Checks manifests, by public keys. */
  grantChecking(checker: ServiceFunction): void {
    checker.allow({ actions: ['kms:GetPublicKey'], resources: this.manifestKeys.map(({ keyArn }) => keyArn) });
  }

  /** Signs manifests: whoever may do that says what is served. */
  grantSigning(signer: ServiceFunction): void {
    this.grantChecking(signer);
    signer.allow({ actions: ['kms:Sign'], resources: this.manifestKeys.slice(0, 1).map(({ keyArn }) => keyArn) });
  }

  get environment(): z.input<typeof registryEnv> {
    return { REGISTRY_TABLE: this.table.table.tableName };
  }

  get uploadsEnvironment(): z.input<typeof registryUploadsEnv> {
    return { QUARANTINE_BUCKET: this.quarantine.bucket.bucketName };
  }

  get searchEnvironment(): z.input<typeof registrySearchEnv> {
    return { SEARCH_BUCKET: this.search.bucket.bucketName };
  }

  get bucketEnvironment(): z.input<typeof registryBucketsEnv> {
    return { ...this.uploadsEnvironment, ARTIFACTS_BUCKET: this.artifacts.bucket.bucketName };
  }

  /**
   * Makes artifacts and products of them: what waits for its verdict lies in quarantine. The smoke function fetches it by
   * an address that the maker signed, and sends there, by a form, what onnxruntime made.
   * @param alsoFrom - where else in quarantine it reads
   */
  grantMaking(maker: ServiceFunction, ...alsoFrom: readonly string[]): void {
    this.quarantine.grantObjects(maker, 'getVersion', ...alsoFrom, 'candidates/');
    this.quarantine.grantObjects(maker, 'put', 'candidates/');
    this.quarantine.grantObjects(maker, 'get', ...alsoFrom, 'candidates/');
    this.artifacts.grantObjects(maker, 'get', 'sha256/');
    this.artifacts.grantObjects(maker, 'put', 'sha256/');
    this.artifacts.grantKnowingOfAbsence(maker);
  }

  grantSearching(reader: ServiceFunction): void {
    this.search.grantObjects(reader, 'get', 'v');
    this.search.grantKnowingOfAbsence(reader);
  }

  /** A condition on what is there needs reading it. */
  grantWritingIndex(writer: ServiceFunction): void {
    this.grantSearching(writer);
    this.search.grantObjects(writer, 'put', 'v');
  }

  /** Finds what can be called: models with their versions and aliases, the catalogue, an account's own models. */
  grantPublished(reader: ServiceFunction): void {
    this.table.grantItems(reader, ['GetItem', 'Query'], ['model#*', 'health#*']);
    this.table.grantIndex(reader, 'gsi1', ['catalogue']);
    this.table.grantIndex(reader, 'gsi2', ['acc_*']);
  }

  /** Counts the runs that a version did not survive, and tells of its quarantine. */
  grantCountingFailures(counter: ServiceFunction): void {
    this.table.grantItems(counter, ['PutItem'], ['health#*', 'outbox#*', 'history#*']);
  }
}

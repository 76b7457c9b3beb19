// registry: its table, the bucket that publishers upload to (nobody trusts what lies there), and the bucket of
// artifacts, named by their content, which is all that is ever served.

import { Duration } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, HttpMethods, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { z } from 'zod';
import type { registryBucketsEnv, registryEnv, registryUploadsEnv } from '../../../lambdas/registry/contract.ts';
import type { Stage } from '../../config/read-stage.ts';
import { ServiceBucket } from '../../constructs/service-bucket.ts';
import type { ServiceTable } from '../../constructs/service-table.ts';
import { makeContextTable } from '../context-table.ts';
import { removalPolicy } from '../surroundings.ts';

export class RegistryData extends Construct {
  readonly table: ServiceTable;
  readonly quarantine: ServiceBucket;
  readonly artifacts: ServiceBucket;

  constructor(scope: Construct, stage: Stage) {
    super(scope, 'Registry');
    this.table = makeContextTable(this, stage, 'registry');
    const accessLog = new Bucket(this, 'AccessLog', {
      enforceSSL: true,
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      removalPolicy: removalPolicy(stage),
      lifecycleRules: [{ expiration: Duration.days(stage.config.logRetentionDays) }],
    });
    const { corsOrigins: origins } = stage.config;
    this.quarantine = new ServiceBucket(this, 'Quarantine', {
      removalPolicy: removalPolicy(stage),
      accessLog: { bucket: accessLog, prefix: 'quarantine/' },
      cors: { origins, methods: [HttpMethods.POST, HttpMethods.PUT] },
      // What was accepted has been copied long before; what was not is of no use.
      expireAfterDays: 7,
    });
    this.artifacts = new ServiceBucket(this, 'Artifacts', {
      removalPolicy: removalPolicy(stage),
      accessLog: { bucket: accessLog, prefix: 'artifacts/' },
      cors: { origins, methods: [HttpMethods.GET, HttpMethods.HEAD] },
    });
  }

  get environment(): z.input<typeof registryEnv> {
    return { REGISTRY_TABLE: this.table.table.tableName };
  }

  get uploadsEnvironment(): z.input<typeof registryUploadsEnv> {
    return { QUARANTINE_BUCKET: this.quarantine.bucket.bucketName };
  }

  get bucketEnvironment(): z.input<typeof registryBucketsEnv> {
    return { ...this.uploadsEnvironment, ARTIFACTS_BUCKET: this.artifacts.bucket.bucketName };
  }
}
